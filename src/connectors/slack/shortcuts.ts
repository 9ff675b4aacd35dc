import { verdictLines } from '../command-answer.ts';
import { MENUS } from '../command-spec.ts';
import { refusalFor } from './asker.ts';
import { page } from './blocks.ts';
import type { DeskParts, PostPlace } from './desk-parts.ts';
import { reasonForm, relabelForm } from './forms.ts';
import type { Inquiry } from './inquiry.ts';
import { loadingView } from './views.ts';

/** Callback ids of the entries of a message's menu, as the manifest names them. */
export const SHORTCUTS = { check_polarization: 'check', relabel: 'relabel', report_to_moderators: 'report' } as const;

/** An entry of a message's own menu, about that message. `text` is the post as Slack sent it along. */
export async function chosenFromMenu(
  parts: DeskParts,
  inquiry: Inquiry,
  name: (typeof MENUS)[number]['name'],
  post: PostPlace & { text: string },
): Promise<void> {
  const { client, community, user } = inquiry;
  await inquiry.open(loadingView(parts.speech.atOnce(community.community, user)));
  const words = await parts.speech.ofPerson(client, community.community, user);
  const who = MENUS.find((each) => each.name === name)!.who;
  const refusal =
    who === 'everyone' ? null : refusalFor(who, await parts.access.rightsOf(client, community.community, user), words);
  if (refusal !== null) return inquiry.tell(page(refusal), words);
  const form = { ids: [post.channel, post.message, post.thread ?? ''], channel: post.channel };
  switch (name) {
    case 'relabel':
      return inquiry.open(relabelForm('relabel-post', form, words));
    case 'report':
      return inquiry.open(reasonForm('report', words.say('menu.report'), form, words));
    case 'check': {
      const address = { ...community, channel: post.channel };
      const [stored, { threshold }] = await Promise.all([
        parts.moderation.find({ ...address, message: post.message }),
        parts.moderation.policy(address),
      ]);
      const verdict = stored?.verdict ?? (await parts.moderation.check(post.text));
      const lines = verdictLines(verdict, threshold, words);
      return inquiry.tell(page([...lines, ...(stored === null ? [words.say('check.notStored')] : [])]), words);
    }
  }
}
