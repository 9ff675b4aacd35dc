import type { types } from '@slack/bolt';
import type { Words } from '../../words/words.ts';
import type { Action } from '../custom-id.ts';
import { actionId, context, LIMITS, plain, section } from './blocks.ts';

/** What a form is about: ids, and where it was opened. It comes back as it was sent, so it is checked like any other input. */
export interface FormPlace {
  ids: string[];
  /** The channel that it was opened in, where it was one. */
  channel: string | null;
}

export function modal(
  title: string,
  blocks: types.KnownBlock[],
  words: Words,
  form?: { action: Action; place: FormPlace; submit: string },
): types.ModalView {
  return {
    type: 'modal',
    title: plain(title, LIMITS.viewTitle),
    close: plain(words.say(form === undefined ? 'button.close' : 'button.cancel'), LIMITS.viewTitle),
    blocks: blocks.slice(0, LIMITS.viewBlocks),
    ...(form !== undefined && {
      callback_id: actionId(form.action),
      submit: plain(form.submit, LIMITS.viewTitle),
      private_metadata: JSON.stringify(form.place),
    }),
  };
}

/** What stands in a modal until its content is known: Slack waits three seconds for one. */
export function loadingView(words: Words): types.ModalView {
  return modal('Evenkeel', [context(words.say('home.loading'))], words);
}

/** An answer in a modal. */
export function answerView(blocks: types.KnownBlock[], words: Words): types.ModalView {
  return modal('Evenkeel', blocks.length === 0 ? [section('…')] : blocks, words);
}

export function placeOf(metadata: string): FormPlace {
  try {
    const { ids, channel } = JSON.parse(metadata) as { ids?: unknown; channel?: unknown };
    return {
      ids: Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [],
      channel: typeof channel === 'string' ? channel : null,
    };
  } catch {
    return { ids: [], channel: null };
  }
}
