/** Something an administrator should know about their community, found by `doctor`. */
export type Finding =
  | { kind: 'missing-permission'; level: 'problem'; channel: string | null; permission: string }
  | { kind: 'missing-intent'; level: 'problem'; intent: string }
  | { kind: 'review-channel-gone'; level: 'problem'; channel: string }
  | { kind: 'not-set-up'; level: 'warning' }
  | { kind: 'no-review-channel'; level: 'warning' }
  | { kind: 'only-observing'; level: 'warning' }
  | { kind: 'waiting'; level: 'warning'; messages: number; seconds: number }
  | { kind: 'unseen'; level: 'problem'; messages: number }
  | { kind: 'cards-failing'; level: 'problem'; cards: number }
  | { kind: 'away-too-long'; level: 'warning'; days: number }
  | { kind: 'training-on'; level: 'note'; permission: string }
  | { kind: 'all-well'; level: 'note' };
