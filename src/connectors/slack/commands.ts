import type { Words } from '../../words/words.ts';
import { daysAgo } from '../answer.ts';
import { statsLines } from '../answers.ts';
import { answerCommand } from '../command-answer.ts';
import type { Command } from '../command-spec.ts';
import { askerOf, refusalFor } from './asker.ts';
import { drawing, page } from './blocks.ts';
import { statsChart } from './chart.ts';
import { helpOn, readCommand, rootOf } from './command-text.ts';
import type { DeskParts } from './desk-parts.ts';
import type { Inquiry } from './inquiry.ts';
import { isFormVerb, SETTINGS_VERBS, settingsForm } from './settings-form.ts';
import { setupForm, reviewObstacle } from './setup-form.ts';
import { tellAnswer } from './told-answer.ts';
import { loadingView } from './views.ts';

/** What was written after `/keel`. Its answer is for the person who wrote it; what sets the bot up is a modal. */
export async function commanded(parts: DeskParts, inquiry: Inquiry, text: string): Promise<void> {
  const [first = '', ...rest] = text.trim().toLowerCase().split(/\s+/);
  if (SETTINGS_VERBS.includes(first)) {
    await inquiry.open(loadingView(parts.speech.atOnce(inquiry.community.community, inquiry.user)));
    if (rest.length === 0) return openSettings(parts, inquiry, first);
  }
  const words = await parts.speech.ofPerson(inquiry.client, inquiry.community.community, inquiry.user);
  const parsed = readCommand(text, words);
  if ('error' in parsed) return inquiry.tell(page([parsed.error]), words);
  await give(parts, inquiry, parsed.command, words);
}

/** An administrator's page by the verb of its command. */
export async function openSettings(parts: DeskParts, inquiry: Inquiry, verb: string): Promise<void> {
  const words = await parts.speech.ofPerson(inquiry.client, inquiry.community.community, inquiry.user);
  const rights = await parts.access.rightsOf(inquiry.client, inquiry.community.community, inquiry.user);
  const refusal = refusalFor('administrators', rights, words);
  if (refusal !== null) return inquiry.tell(page(refusal), words);
  if (isFormVerb(verb)) return inquiry.open(await settingsForm(parts, inquiry, verb, words));
  if (verb === 'setup') return inquiry.open(await setupForm(parts, inquiry, words));
  const parsed = readCommand(verb, words);
  if ('command' in parsed) await give(parts, inquiry, parsed.command, words);
}

/** Does what a command asks, if whoever gives it may. */
export async function give(parts: DeskParts, inquiry: Inquiry, command: Command, words: Words): Promise<void> {
  const { client, community, user } = inquiry;
  const rights = await parts.access.rightsOf(client, community.community, user);
  const asker = askerOf(parts, inquiry, words, rights);
  if (command.verb === 'help') {
    const lines = helpOn(asker.roots, words).map(({ root, verb, usage, summary }) => {
      return `\`/${root} ${`${verb} ${usage}`.trimEnd()}\`: ${summary}`;
    });
    return inquiry.tell(page([`*${words.say('help.title')}*`, ...lines]), words);
  }
  const refusal = refusalFor(rootOf(command.verb), rights, words);
  if (refusal !== null) return inquiry.tell(page(refusal), words);
  if (command.verb === 'stats') {
    const stats = await parts.moderation.stats(community, daysAgo(command.days));
    const [title = '', ...lines] = statsLines(stats, command.days, words);
    return inquiry.tell([...page([`*${title}*`]), drawing(statsChart(stats, words)), ...page(lines)], words);
  }
  if (command.verb === 'setup') {
    const { review_channel: reviewChannel, mode, interface: language } = command;
    const obstacle = reviewChannel === undefined ? null : await reviewObstacle(inquiry, reviewChannel, words);
    if (obstacle !== null) return inquiry.open(await setupForm(parts, inquiry, words, obstacle));
    const change = { ...(reviewChannel && { reviewChannel }), ...(mode && { mode }), ...(language && { language }) };
    if (Object.keys(change).length > 0) await parts.moderation.changeSettings(community, change, user);
  }
  await tellAnswer(parts, inquiry, await answerCommand(parts.moderation, command, asker), words);
}
