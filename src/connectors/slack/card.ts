import type { types } from '@slack/bolt';
import type { Card, CardSummary } from '../../domain/flag.ts';
import { canUndo } from '../../domain/label.ts';
import type { Words } from '../../words/words.ts';
import { cardContent, quoted } from '../card-content.ts';
import type { CardContent } from '../card-content.ts';
import { button, context, linkButton, plain, quotation, rowsOf, section } from './blocks.ts';
import { mention } from './mrkdwn.ts';

/** A message as Slack takes it: `text` is what notifications and screen readers say of it, and holds no one's words. */
export interface SlackMessage {
  text: string;
  blocks: types.KnownBlock[];
}

export interface CardLook {
  words: Words;
  now: Date;
  /** Whose token deletes posts here; null where there is none: then no one can. */
  deletesAs: string | null;
  /** Where the card stands in a queue, as its buttons say it; none in the review channel. */
  place?: readonly string[];
  /** Pings the flag's user group, if it has one. */
  ping?: boolean;
  /** Buttons of a place of its own, such as a queue. */
  extra?: readonly types.Button[];
}

/** Told apart by shape as well as by colour in every colour vision. */
const SIGNS = { high: '🔴', medium: '🟠', low: '🟡', below: '⚪' } as const;
const SETTLED = '✅';

/** Others' words about a flag that a card shows, each in two blocks at most: three cards fit on a page of a hundred. */
const SAID_SHOWN = 5;
const SAID_LIMIT = 400;

/** A card as a Slack message: what was posted, what the model says, what moderators said and can do. */
export function cardMessage(card: Card, look: CardLook): SlackMessage {
  const { words, ping = false, extra = [] } = look;
  const content = cardContent(card, words, mention.user);
  const sign = card.state === 'open' ? SIGNS[content.band ?? 'below'] : SETTLED;
  const title = `${sign} ${content.bandWords} · ${content.verdict.languageName} · ${words.say('card.title', { case: content.case })}`;
  return {
    text: title,
    blocks: [
      ...(ping && card.notify !== null ? [section(mention.role(card.notify))] : []),
      section(
        `*${title}*`,
        ...(content.blind
          ? []
          : [words.say('card.score', { score: content.verdict.score, threshold: content.threshold.toFixed(2) })]),
        words.say('card.by', {
          author: content.author === '' ? '—' : mention.user(content.author),
          channel: mention.channel(content.channel),
        }),
      ),
      postOf(content),
      section(`*${content.status}*`),
      context(content.verdict.explanation, ...content.remarks),
      ...saidOf(content),
      ...rowsOf(labelButtons(card, look)),
      ...rowsOf(actionButtons(card, look)),
      ...rowsOf(afterButtons(card, look)),
      ...rowsOf(extra),
    ],
  };
}

function postOf({ text, textGone }: CardContent): types.KnownBlock {
  return text !== null && text !== '' ? quotation({ text: quoted(text) }) : context(textGone ?? '…');
}

/** What people wrote about the flag, each with who wrote it where others may know. */
function saidOf({ author, escalation, appeal, reports, labels }: CardContent): types.KnownBlock[] {
  const said: { by: string; text: string | null }[] = [
    ...(escalation?.reason ? [{ by: mention.user(escalation.by), text: escalation.reason }] : []),
    ...(appeal?.statement ? [{ by: author === '' ? '' : mention.user(author), text: appeal.statement }] : []),
    ...reports.flatMap(({ reason }) => (reason ? [{ by: '', text: reason }] : [])).slice(0, 3),
    ...labels
      .filter(({ details, note }) => details.length > 0 || note !== null)
      .map(({ moderator, words, details, note }) => ({
        by: `${mention.user(moderator)}: ${[words, ...details].join(' · ')}`,
        text: note,
      })),
  ];
  return said
    .slice(0, SAID_SHOWN)
    .flatMap(({ by, text }) => [...(by === '' ? [] : [context(by)]), ...(text === null ? [] : [remarkOf(text)])]);
}

function remarkOf(text: string): types.KnownBlock {
  return quotation({ text: quoted(text, SAID_LIMIT) });
}

/** The answers. They label the post and do nothing to anyone. */
function labelButtons({ flag, state, link }: Card, { words, place = [] }: CardLook): (types.Button | null)[] {
  const ids = [flag, ...place];
  const standing = state === 'open' || state === 'decided';
  return [
    ...(standing
      ? [
          button('polarized', ids, words.say('answer.polarized'), 'primary'),
          button('not_polarized', ids, words.say('answer.not_polarized'), 'primary'),
          button('relabel', ids, words.say('button.relabel')),
          button('unsure', ids, words.say('answer.unsure')),
        ]
      : []),
    link?.startsWith('https://') === true && state !== 'removed'
      ? linkButton(link, words.say('button.permalink'))
      : null,
  ];
}

function actionButtons({ flag, state, text, blind }: Card, look: CardLook): (types.Button | null)[] {
  const { words, deletesAs, place = [] } = look;
  const ids = [flag, ...place];
  const there = state !== 'removed' && state !== 'forgotten';
  return [
    there && text !== null && !blind ? button('why', ids, words.say('button.why')) : null,
    there ? button('guideline', ids, words.say('button.guideline')) : null,
    there ? button('context', ids, words.say('button.context')) : null,
    there ? button('escalate', ids, words.say('button.escalate')) : null,
    there && deletesAs !== null ? deleteButton(ids, deletesAs, words) : null,
  ];
}

/** It asks first, and says in whose name. */
function deleteButton(ids: readonly string[], admin: string, words: Words): types.Button {
  const label = words.say('button.delete');
  return {
    ...button('delete', ids, label, 'danger'),
    confirm: {
      title: plain(label, 100),
      text: { type: 'mrkdwn', text: words.say('card.deleteAs', { admin: mention.user(admin) }) },
      confirm: plain(label, 30),
      deny: plain(words.say('button.cancel'), 30),
      style: 'danger',
    },
  };
}

function afterButtons({ flag, labels, appeal }: Card, { words, now, place = [] }: CardLook): (types.Button | null)[] {
  const ids = [flag, ...place];
  const waits = appeal !== null && appeal.outcome === null;
  return [
    labels.some((label) => canUndo(label, now)) ? button('undo', ids, words.say('button.undo')) : null,
    waits ? button('uphold', ids, words.say('button.uphold')) : null,
    waits ? button('overturn', ids, words.say('button.overturn')) : null,
  ];
}

/** What stands for the flags that a channel's cap held back in an hour. */
export function summaryMessage({ id, channel, hour, shown, held }: CardSummary, words: Words): SlackMessage {
  const clock = (at: Date): string => at.toISOString().slice(11, 16);
  const to = new Date(hour.getTime() + 60 * 60_000);
  const title = words.say('summary.title', { channel: mention.channel(channel.channel) });
  return {
    text: title,
    blocks: [
      section(`${SIGNS.high} *${title}*`, words.say('summary.body', { held, shown, from: clock(hour), to: clock(to) })),
      ...rowsOf([button('queue', [channel.channel, id], words.say('button.queue'), 'primary')]),
    ],
  };
}
