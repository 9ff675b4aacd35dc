import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import type { Agreement, Stats } from '../domain/insight.ts';
import type { WeeklyReport } from '../domain/lesson.ts';
import type { CommunityAddress, Platform } from '../domain/message.ts';
import type { Settings } from '../domain/settings.ts';
import type { Grant } from '../domain/sign-in.ts';
import type { Visitor } from './operator-access.ts';
import { PLATFORM_NAMES } from './platform-sign-in.ts';
import { SIGN_OUT_PATH } from './sign-in.ts';

const DAYS = 7;
const REPORTS = 4;

/** What a community is shown of itself: figures and settings, never a text and never a person. */
export interface Overview {
  settings: Pick<
    Settings,
    'mode' | 'threshold' | 'reviewChannel' | 'retentionDays' | 'auditsPerDay' | 'cardsPerHour'
  > & {
    training: Settings['training']['state'];
  };
  /** Of the last seven days. */
  stats: Stats;
  agreement: Omit<Agreement, 'setAside'>;
  reports: readonly WeeklyReport[];
}

/** What the page asks about communities. */
export interface CommunityDesk {
  /** Those that are served, for operators. */
  list(): Promise<CommunityAddress[]>;
  settings(community: CommunityAddress): Promise<Settings>;
  stats(community: CommunityAddress, since: Date): Promise<Stats>;
  agreement(community: CommunityAddress, since: Date): Promise<Agreement>;
  reports(community: CommunityAddress, limit: number): Promise<WeeklyReport[]>;
}

/**
 * `/communities` and one page a community, as a page and below `/api` as JSON. A visitor sees what their platform granted
 * them and nothing else: another community's page is not there for them, as if there were none.
 */
export function addCommunities(
  app: Hono,
  desk: CommunityDesk,
  visitorOf: (c: Context) => Visitor | Promise<Visitor | null>,
): void {
  async function mine(c: Context): Promise<readonly Grant[]> {
    const visitor = await visitorOf(c);
    if (visitor === null) return [];
    if (!visitor.operator) return visitor.grants;
    return (await desk.list()).map((each) => ({ ...each, administrator: true }));
  }

  async function overview(c: Context): Promise<{ grant: Grant; overview: Overview } | null> {
    const { platform, community } = c.req.param() as { platform: Platform; community: string };
    const grant = (await mine(c)).find((each) => each.platform === platform && each.community === community);
    if (grant === undefined) return null;
    const since = new Date(Date.now() - DAYS * 86_400_000);
    const where = { platform, community };
    const [settings, stats, { setAside: _who, ...agreement }, reports] = await Promise.all([
      desk.settings(where),
      desk.stats(where, since),
      desk.agreement(where, since),
      desk.reports(where, REPORTS),
    ]);
    const { mode, threshold, reviewChannel, retentionDays, auditsPerDay, cardsPerHour, training } = settings;
    const chosen = {
      mode,
      threshold,
      reviewChannel,
      retentionDays,
      auditsPerDay,
      cardsPerHour,
      training: training.state,
    };
    return { grant, overview: { settings: chosen, stats, agreement, reports } };
  }

  app.use('/communities/*', noStore);
  app.use('/api/communities/*', noStore);
  app.get('/api/communities', async (c) => c.json(await mine(c)));
  app.get('/api/communities/:platform/:community', async (c, next) => {
    const found = await overview(c);
    return found === null ? next() : c.json({ ...found.grant, ...found.overview });
  });
  app.get('/communities', async (c) => c.html(listPage(await mine(c))));
  app.get('/communities/:platform/:community', async (c, next) => {
    const found = await overview(c);
    return found === null ? next() : c.html(communityPage(found.grant, found.overview));
  });
}

function noStore(c: Context, next: () => Promise<void>): Promise<void> {
  c.header('cache-control', 'no-store');
  return next();
}

function frame(title: string, body: unknown) {
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>${title}</title>
      <h1>${title}</h1>
      ${body}
      <form method="post" action="${SIGN_OUT_PATH}"><button>Sign out</button></form>
    </html> `;
}

function listPage(grants: readonly Grant[]) {
  const items = grants.map(
    ({ platform, community, administrator }) =>
      html`<li>
        <a href="/communities/${platform}/${encodeURIComponent(community)}">${nameOf({ platform, community })}</a
        >${administrator ? '' : ', as a moderator'}
      </li>`,
  );
  return frame(
    'Your communities',
    items.length === 0
      ? html`<p>There are none yet.</p>`
      : html`<ul>
          ${items}
        </ul>`,
  );
}

function communityPage(grant: Grant, { settings, stats, agreement, reports }: Overview) {
  const rows: [string, string | number][] = [
    ['Mode', settings.mode],
    ['Threshold', settings.threshold],
    ['Posts in the last seven days', stats.messages],
    ['Flagged', stats.flagged],
    ['Waiting for an answer', stats.open],
    ['Answers of moderators', stats.labels],
    ['Flags upheld', stats.upheld],
    ['Flags overturned', stats.overturned],
    ['Reports of members', stats.reports],
    ['Appeals', stats.appeals],
    ['Agreement of moderators (alpha)', agreement.alpha === null ? 'not known yet' : agreement.alpha.toFixed(2)],
    ['Texts of flagged posts are kept, in days', settings.retentionDays],
    ['Learning from decisions', settings.training],
  ];
  const learned = reports.flatMap(({ day, lessons }) =>
    Object.values(lessons).map(({ language, outcome }) => html`<li>${day}: ${language}, ${outcome}</li>`),
  );
  return frame(
    nameOf(grant),
    html`<p><a href="/communities">All of your communities</a></p>
      <table>
        ${rows.map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${value}</td>
            </tr>`,
        )}
      </table>
      ${
        learned.length === 0
          ? ''
          : html`<h2>What was learned</h2>
              <ul>
                ${learned}
              </ul>`
      }`,
  );
}

function nameOf({ platform, community }: CommunityAddress): string {
  return `${PLATFORM_NAMES[platform]} ${community}`;
}
