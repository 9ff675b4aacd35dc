/** What buttons and modals ask for. Short names, as old cards carry them for ever: never change what one means. */
export const ACTIONS = [
  'polarized',
  'not_polarized',
  'unsure',
  'relabel',
  'why',
  'context',
  'escalate',
  'delete',
  'timeout',
  'undo',
  'queue',
  'setup',
] as const;
export type Action = (typeof ACTIONS)[number];

/** An action and the ids that it is about; at most 100 characters, no state: all else is looked up at the click. */
export interface CustomId {
  action: Action;
  ids: string[];
}

const VERSION = 'v1';

export function customId(action: Action, ...ids: string[]): string {
  return [VERSION, action, ...ids].join(':');
}

/** Null for what we did not make. */
export function parseCustomId(text: string): CustomId | null {
  const [version, name, ...ids] = text.split(':');
  const action = ACTIONS.find((each) => each === name);
  return version === VERSION && action !== undefined ? { action, ids } : null;
}
