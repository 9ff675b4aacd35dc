import type { types } from '@slack/bolt';
import type { CommunityAddress } from '../../domain/message.ts';
import type { Words } from '../../words/words.ts';
import { daysAgo } from '../answer.ts';
import { personalDataLines, statsLines } from '../answers.ts';
import { caseOf } from '../card-content.ts';
import { queueIds } from '../queue-place.ts';
import type { Rights } from './access.ts';
import { isUnknownMethod } from './api-errors.ts';
import { button, context, divider, drawing, header, LIMITS, rowsOf, section } from './blocks.ts';
import { cardMessage } from './card.ts';
import { statsChart } from './chart.ts';
import type { DeskParts } from './desk-parts.ts';
import type { Inquiry } from './inquiry.ts';
import { inline, mention } from './mrkdwn.ts';
import { SETTINGS_VERBS } from './settings-form.ts';

/** Cards of the queue on one page: a view has a hundred blocks. */
const CARDS = 3;
const OWN_FLAGS = 5;
const DAYS = 7;

/** Someone's own page, as it now is for them. `at`: how many cards of the queue came before. */
export async function publishHome(parts: DeskParts, inquiry: Inquiry, at?: number): Promise<void> {
  const { client, community, user, asked } = inquiry;
  const [words, rights] = await Promise.all([
    parts.speech.ofPerson(client, community.community, user),
    parts.access.rightsOf(client, community.community, user),
  ]);
  const before = at ?? (inquiry.isHome ? placeIn(asked.view?.metadata) : 0);
  const view = await homeView(parts, community, user, rights, words, before);
  try {
    await client.views.publish({ user_id: user, view });
  } catch (error) {
    if (!isUnknownMethod(error)) throw error;
  }
}

async function homeView(
  parts: DeskParts,
  community: CommunityAddress,
  user: string,
  rights: Rights,
  words: Words,
  at: number,
): Promise<types.HomeView> {
  const blocks = [
    section(words.say('about.body')),
    ...(rights.moderator ? await queueBlocks(parts, community, words, at) : []),
    ...(rights.moderator ? await statsBlocks(parts, community, words) : []),
    ...(rights.administrator ? await settingsBlocks(parts, community, words) : []),
    ...(await ownBlocks(parts, community, user, words)),
  ];
  return { type: 'home', private_metadata: String(at), blocks: blocks.slice(0, LIMITS.viewBlocks) };
}

async function ownBlocks(
  { moderation }: DeskParts,
  community: CommunityAddress,
  user: string,
  words: Words,
): Promise<types.KnownBlock[]> {
  const [data, appeals] = await Promise.all([
    moderation.personalData(community, user),
    moderation.appeals(community, user),
  ]);
  const [title = '', ...lines] = personalDataLines(data, words);
  const appealed = new Set(appeals.map(({ flag }) => flag));
  return [
    divider(),
    header(title.replace(/[:：]\s*$/, '')),
    section(...lines),
    ...rowsOf([
      button('privacy', ['export'], words.say('button.export')),
      data.optedOut
        ? button('privacy', ['in'], words.say('button.optIn'))
        : button('privacy', ['out'], words.say('button.optOut')),
      button('privacy', ['forget'], words.say('button.confirmForget'), 'danger'),
    ]),
    ...data.flags
      .filter(({ flag }) => !appealed.has(flag))
      .slice(0, OWN_FLAGS)
      .map(({ flag, flaggedAt }) => ({
        ...section(`${words.say('card.title', { case: caseOf(flag) })} · ${words.moment(flaggedAt)}`),
        accessory: button('appeal', [flag], words.say('button.appeal')),
      })),
    ...appeals.slice(0, OWN_FLAGS).map(({ flag, outcome, answer }) => {
      const said = answer?.words ?? null;
      if (outcome === null) return section(`\`${caseOf(flag)}\` ${words.say('done.appeal')}`);
      return section(
        words.say(outcome === 'upheld' ? 'done.appealUpheld' : 'done.appealOverturned', { case: caseOf(flag) }),
        said === null ? '' : words.say('done.appealAnswer', { words: inline(said) }),
      );
    }),
  ];
}

async function queueBlocks(
  { moderation, workspaces }: DeskParts,
  community: CommunityAddress,
  words: Words,
  at: number,
): Promise<types.KnownBlock[]> {
  const [cards, deleter] = await Promise.all([
    moderation.queue({ community, limit: 500 }),
    workspaces.deleter(community.community),
  ]);
  const from = at < cards.length ? at : 0;
  const look = { words, now: new Date(), deletesAs: deleter?.admin ?? null, place: queueIds({ community }, from) };
  return [
    divider(),
    header(words.say('home.queue')),
    context(cards.length === 0 ? words.say('queue.empty') : words.say('queue.title', { count: cards.length })),
    ...cards.slice(from, from + CARDS).flatMap((card) => [divider(), ...cardMessage(card, look).blocks]),
    ...rowsOf([
      from + CARDS < cards.length
        ? button('next', queueIds({ community }, from + CARDS), words.say('button.next'))
        : null,
    ]),
  ];
}

async function statsBlocks(
  { moderation }: DeskParts,
  community: CommunityAddress,
  words: Words,
): Promise<types.KnownBlock[]> {
  const stats = await moderation.stats(community, daysAgo(DAYS));
  const [title = '', ...lines] = statsLines(stats, DAYS, words);
  return [divider(), header(title), drawing(statsChart(stats, words)), context(...lines)];
}

async function settingsBlocks(
  { moderation }: DeskParts,
  community: CommunityAddress,
  words: Words,
): Promise<types.KnownBlock[]> {
  const { mode, threshold, reviewChannel, retentionDays } = await moderation.settings(community);
  return [
    divider(),
    header(words.say('home.settings')),
    section(
      words.say('settings.default', { mode, threshold: threshold.toFixed(2) }),
      reviewChannel === null
        ? words.say('finding.no-review-channel')
        : words.say('setup.done', { channel: mention.channel(reviewChannel) }),
      words.say('settings.retention', { days: retentionDays }),
    ),
    ...rowsOf(SETTINGS_VERBS.map((verb) => button('settings', [verb], `/keel ${verb}`))),
  ];
}

function placeIn(metadata: string | undefined): number {
  const at = Number(metadata);
  return Number.isInteger(at) && at > 0 ? at : 0;
}
