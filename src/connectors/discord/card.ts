import { ButtonStyle } from 'discord.js';
import type { APIButtonComponent } from 'discord.js';
import type { Card, CardSummary } from '../../domain/flag.ts';
import { canUndo } from '../../domain/label.ts';
import type { Words } from '../../words/words.ts';
import { cardContent, quoted } from '../card-content.ts';
import type { CardContent } from '../card-content.ts';
import { customId } from '../custom-id.ts';
import { box, button, layout, linkButton, rowsOf, rule, textOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { escapeMarkdown, inline, mention, quotation } from './markdown.ts';

/** What the bot itself may do where the post is: buttons that could not work are left out. */
export interface CardRights {
  delete: boolean;
  timeout: boolean;
}

export interface CardLook {
  words: Words;
  rights: CardRights;
  now: Date;
  /** Pings the flag's role, if it has one. */
  ping?: boolean;
  /** Buttons of a place of its own, such as a queue. */
  extra?: readonly APIButtonComponent[];
}

const ACCENTS = { high: 0xd1453b, medium: 0xe0912f, low: 0xd9c14a, below: 0x8a8f98 } as const;
const SETTLED = 0x4f8f6b;

/** Of a message's 4,000 characters: for the quoted post, and for what is said about it. */
const QUOTE_LIMIT = 2000;
const FOOT_LIMIT = 1600;
/** Escaping can double a text, and every line of a quotation has a mark of its own. */
const QUOTE_LIMITS = [1000, 700, 450, 250, 120] as const;

/** A card as a Discord message: what was posted, what the model says, what moderators said and can do. */
export function cardLayout(card: Card, look: CardLook): Layout {
  const { words, ping = false, extra = [] } = look;
  const content = cardContent(card, words, mention.user);
  const pinged = ping && card.notify !== null ? [card.notify] : [];
  const accent = card.state === 'open' ? ACCENTS[content.band ?? 'below'] : SETTLED;
  return layout(
    [
      ...pinged.map((role) => textOf(mention.role(role))),
      box(
        accent,
        textOf(headOf(content, words)),
        textOf(bodyOf(content)),
        textOf(footOf(content)),
        rule(),
        ...rowsOf(labelButtons(card, words)),
        ...rowsOf(actionButtons(card, look)),
        ...rowsOf(afterButtons(card, look)),
        ...rowsOf(extra),
      ),
    ],
    pinged,
  );
}

function headOf(content: CardContent, words: Words): string {
  const { verdict, threshold, author, channel, blind } = content;
  const by = author === '' ? '—' : mention.user(author);
  return [
    `### ${content.bandWords} · ${verdict.languageName} · ${words.say('card.title', { case: content.case })}`,
    ...(blind ? [] : [words.say('card.score', { score: verdict.score, threshold: threshold.toFixed(2) })]),
    words.say('card.by', { author: by, channel: mention.channel(channel) }),
  ].join('\n');
}

function bodyOf({ text, textGone }: CardContent): string {
  if (text !== null && text !== '') return quoteOf(text);
  return `-# ${textGone ?? '…'}`;
}

/** As much of a text as fits once it is escaped. */
function quoteOf(text: string): string {
  const quotes = QUOTE_LIMITS.map((limit) => quotation(escapeMarkdown(quoted(text, limit))));
  return quotes.find(({ length }) => length <= QUOTE_LIMIT) ?? '> …';
}

function footOf(content: CardContent): string {
  const notes = content.labels.flatMap(({ moderator, words: answer, details, note }) => {
    if (details.length === 0 && note === null) return [];
    const parts = [answer, ...details, ...(note === null ? [] : [`“${inline(note.slice(0, 300))}”`])];
    return [`-# ${mention.user(moderator)}: ${parts.join(' · ')}`];
  });
  return fitted([
    `**${content.status}**`,
    `-# ${content.verdict.explanation}`,
    ...content.remarks,
    ...said(content.escalation?.reason),
    ...said(content.appeal?.statement),
    ...content.reports.flatMap(({ reason }) => said(reason)).slice(0, 3),
    ...notes.slice(0, 5),
  ]);
}

/** The lines that there is room for, the first ones first. */
function fitted(lines: readonly string[]): string {
  let length = 0;
  const fits = (line: string): boolean => {
    const after = length + line.length + 1;
    if (after <= FOOT_LIMIT) length = after;
    return after <= FOOT_LIMIT;
  };
  return lines.filter(fits).join('\n');
}

/** Someone's own words about a flag, small. */
function said(words: string | null | undefined): string[] {
  return words === null || words === undefined ? [] : [`-# “${inline(words.slice(0, 400))}”`];
}

/** The answers. They label the post and do nothing to anyone. */
function labelButtons({ flag, state, link }: Card, words: Words): (APIButtonComponent | null)[] {
  const standing = state === 'open' || state === 'decided';
  return [
    ...(standing
      ? [
          button(customId('polarized', flag), words.say('answer.polarized'), ButtonStyle.Primary),
          button(customId('not_polarized', flag), words.say('answer.not_polarized'), ButtonStyle.Primary),
          button(customId('relabel', flag), words.say('button.relabel')),
          button(customId('unsure', flag), words.say('answer.unsure')),
        ]
      : []),
    link?.startsWith('https://') === true && state !== 'removed' ? linkButton(link, words.say('button.jump')) : null,
  ];
}

function actionButtons({ flag, state, text, blind }: Card, { words, rights }: CardLook): (APIButtonComponent | null)[] {
  const there = state !== 'removed' && state !== 'forgotten';
  return [
    there && text !== null && !blind ? button(customId('why', flag), words.say('button.why')) : null,
    there ? button(customId('context', flag), words.say('button.context')) : null,
    there ? button(customId('escalate', flag), words.say('button.escalate')) : null,
    there && rights.delete ? button(customId('delete', flag), words.say('button.delete'), ButtonStyle.Danger) : null,
    there && rights.timeout ? button(customId('timeout', flag), words.say('button.timeout'), ButtonStyle.Danger) : null,
  ];
}

function afterButtons({ flag, labels, appeal }: Card, { words, now }: CardLook): (APIButtonComponent | null)[] {
  const waits = appeal !== null && appeal.outcome === null;
  return [
    button(customId('guideline', flag), words.say('button.guideline')),
    labels.some((label) => canUndo(label, now)) ? button(customId('undo', flag), words.say('button.undo')) : null,
    waits ? button(customId('uphold', flag), words.say('button.uphold')) : null,
    waits ? button(customId('overturn', flag), words.say('button.overturn')) : null,
  ];
}

/** What stands for the flags that a channel's cap held back in an hour. */
export function summaryLayout({ id, channel, hour, shown, held }: CardSummary, words: Words): Layout {
  const clock = (at: Date): string => at.toISOString().slice(11, 16);
  const to = new Date(hour.getTime() + 60 * 60_000);
  return layout([
    box(
      ACCENTS.high,
      textOf(`### ${words.say('summary.title', { channel: mention.channel(channel.channel) })}`),
      textOf(words.say('summary.body', { held, shown, from: clock(hour), to: clock(to) })),
      ...rowsOf([button(customId('queue', channel.channel, id), words.say('button.queue'), ButtonStyle.Primary)]),
    ),
  ]);
}
