import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';
import { blockFaults } from './check-blocks.ts';
import { optionalText, textFaults } from './check-elements.ts';

const KNOWN = new Set([
  'type',
  'title',
  'blocks',
  'close',
  'submit',
  'private_metadata',
  'callback_id',
  'clear_on_close',
  'notify_on_close',
  'external_id',
  'submit_disabled',
]);

const MOST_BYTES = 250_000;

/** What Slack would refuse of a view: reference/views. */
export function viewFaults(view: Json, surface: 'modal' | 'home'): string[] {
  const blocks = (view['blocks'] ?? []) as Json[];
  const inputs = Array.isArray(blocks) && blocks.some(({ type }) => type === 'input');
  return [
    ...(view['type'] === surface ? [] : [`a view of the type ${textOf(view['type'])} where ${surface} is wanted`]),
    ...Object.keys(view).flatMap((key) => (KNOWN.has(key) ? [] : [`a view with ${key}`])),
    ...blockFaults(view['blocks'], surface),
    ...(textOf(view['private_metadata']).length > 3000 ? ['private_metadata is longer than 3000'] : []),
    ...(textOf(view['callback_id']).length > 255 ? ['callback_id is longer than 255'] : []),
    ...(JSON.stringify(view).length > MOST_BYTES ? ['a view over 250 KB'] : []),
    ...(surface === 'modal'
      ? [
          ...textFaults(view['title'], 'title', { most: 24, least: 1, plain: true }),
          ...optionalText(view['submit'], 'submit', { most: 24, plain: true }),
          ...optionalText(view['close'], 'close', { most: 24, plain: true }),
          ...(inputs && view['submit'] === undefined ? ['a modal with inputs and no submit'] : []),
        ]
      : ['title', 'submit', 'close'].flatMap((key) => (view[key] === undefined ? [] : [`a Home with ${key}`]))),
  ];
}
