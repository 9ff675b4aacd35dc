import type { Json } from '../../discord/server/json.ts';
import { elementFaults, optionalText, textFaults } from './check-elements.ts';

/** Where blocks are shown: what may be in them differs. */
export type Surface = 'message' | 'modal' | 'home';

const MOST = { message: 50, modal: 100, home: 100 } as const;
const BLOCK_ID = 255;

type Check = (block: Json, where: string) => string[];

/** What docs.slack.dev/reference/block-kit/blocks says of each block that we know. */
const BLOCKS: Record<string, Check> = {
  divider: () => [],
  section(block, where) {
    const fields = listOf(block['fields']);
    const accessory = block['accessory'] as Json | undefined;
    return [
      ...(block['text'] === undefined && fields.length === 0 ? [`${where} has neither text nor fields`] : []),
      ...(block['text'] === undefined ? [] : textFaults(block['text'], `${where}/text`, { most: 3000, least: 1 })),
      ...(fields.length > 10 ? [`${where} has ${fields.length} fields of 10`] : []),
      ...fields.flatMap((field, at) => textFaults(field, `${where}/fields/${at}`, { most: 2000, least: 1 })),
      ...(accessory === undefined ? [] : elementFaults(accessory, `${where}/accessory`, 'accessory')),
    ];
  },
  header: (block, where) => textFaults(block['text'], `${where}/text`, { most: 150, least: 1, plain: true }),
  context(block, where) {
    const elements = listOf(block['elements']);
    return [
      ...(elements.length < 1 || elements.length > 10 ? [`${where} has ${elements.length} elements of 1 to 10`] : []),
      ...elements.flatMap((each, at) =>
        each['type'] === 'image'
          ? imageFaults(each, `${where}/elements/${at}`)
          : textFaults(each, `${where}/elements/${at}`, { most: 3000, least: 1 }),
      ),
    ];
  },
  actions(block, where) {
    const elements = listOf(block['elements']);
    return [
      ...(elements.length < 1 || elements.length > 25 ? [`${where} has ${elements.length} elements of 1 to 25`] : []),
      ...elements.flatMap((each, at) => elementFaults(each, `${where}/elements/${at}`, 'actions')),
    ];
  },
  input(block, where) {
    return [
      ...textFaults(block['label'], `${where}/label`, { most: 2000, least: 1, plain: true }),
      ...optionalText(block['hint'], `${where}/hint`, { most: 2000, plain: true }),
      ...elementFaults((block['element'] ?? {}) as Json, `${where}/element`, 'input'),
    ];
  },
  image(block, where) {
    return [
      ...imageFaults(block, where),
      ...optionalText(block['title'], `${where}/title`, { most: 2000, plain: true }),
    ];
  },
  rich_text: (block, where) => (Array.isArray(block['elements']) ? [] : [`${where} has no elements`]),
  markdown: (block, where) =>
    typeof block['text'] === 'string' && block['text'].length <= 12_000 ? [] : [`${where}/text is not a text of 12000`],
};

/** What Slack would refuse of these blocks. */
export function blockFaults(blocks: unknown, surface: Surface): string[] {
  if (!Array.isArray(blocks)) return ['blocks is not a list'];
  const faults = blocks.length > MOST[surface] ? [`no more than ${MOST[surface]} blocks: ${blocks.length}`] : [];
  const blockIds = new Set<string>();
  for (const [at, block] of (blocks as Json[]).entries()) {
    const where = `/blocks/${at}`;
    const { type, block_id: id } = block;
    const check = typeof type === 'string' ? BLOCKS[type] : undefined;
    faults.push(...(check === undefined ? [`${where} is of the type ${String(type)}`] : check(block, where)));
    if (id !== undefined) {
      if (typeof id !== 'string' || id.length > BLOCK_ID || id === '')
        faults.push(`${where}/block_id is not 1 to 255 long`);
      else if (blockIds.has(id)) faults.push(`${where}/block_id ${id} is there twice`);
      else blockIds.add(id);
    }
    const actions = actionIds(block);
    if (new Set(actions).size < actions.length) faults.push(`${where} has an action_id twice: ${actions.join(' ')}`);
  }
  return faults;
}

/** Every action id in a block. */
function actionIds(block: Json): string[] {
  const elements = [block['accessory'], block['element'], ...listOf(block['elements'])] as (Json | undefined)[];
  return elements.flatMap((each) => (typeof each?.['action_id'] === 'string' ? [each['action_id']] : []));
}

function imageFaults(image: Json, where: string): string[] {
  const { alt_text: alt, image_url: url, slack_file: file } = image;
  return [
    ...(typeof alt === 'string' && alt.length <= 2000 ? [] : [`${where}/alt_text is missing or too long`]),
    ...((url === undefined) === (file === undefined) ? [`${where} has not one of image_url and slack_file`] : []),
    ...(url !== undefined && (typeof url !== 'string' || url.length > 3000) ? [`${where}/image_url is too long`] : []),
  ];
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}
