/** What buttons and forms ask for. Old cards carry these names for ever: what one means never changes. */
export const ACTIONS = [
  // On a card; ids: the flag.
  'polarized',
  'not_polarized',
  'unsure',
  'undo',
  'relabel',
  'why',
  'guideline',
  'context',
  'escalate',
  'delete',
  'timeout',
  'uphold',
  'overturn',
  // On a summary of a raid; ids: the channel, and the summary where it is told from others.
  'queue',
  // On one card of a moderator's own queue; ids: how it is filtered, and how many came before.
  'next',
  // Forms about a post without a flag; ids: its channel and message.
  'relabel-post',
  'report',
  // Answers to a question of ours.
  'forget',
  'save-threshold',
  'setup-channel',
  'setup-language',
  'setup-mode',
  'setup-done',
  // On a member's own page; ids: what of their data they ask for, and the flag that they object to.
  'privacy',
  'appeal',
  // On an administrator's page, and the forms that it opens; ids: a command's verb.
  'settings',
] as const;
export type Action = (typeof ACTIONS)[number];

/** An action and the ids that it is about; at most 100 characters, no state: all else is looked up at the click. */
export interface CustomId {
  action: Action;
  ids: string[];
}

/** Who may do it; the platform knows who is one. */
export function whoMay(action: Action): 'everyone' | 'moderators' | 'administrators' {
  if (action === 'guideline') return 'everyone';
  if (action === 'forget' || action === 'report' || action === 'privacy' || action === 'appeal') return 'everyone';
  const settings = action.startsWith('setup-') || action === 'save-threshold' || action === 'settings';
  return settings ? 'administrators' : 'moderators';
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
