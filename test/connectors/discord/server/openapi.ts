import { z } from 'zod';
import type { Json } from './json.ts';

/** By names that the compiler does not follow: the package's types are TypeScript under other settings than ours. */
const [PATHS_MODULE, SCHEMAS_MODULE]: string[] = ['discord-api-spec', 'discord-api-spec/zod'];
const { pathsList } = (await import(PATHS_MODULE!)) as { pathsList: Record<string, readonly string[]> };
const schemas = (await import(SCHEMAS_MODULE!)) as Record<string, z.core.$ZodType>;

const stricter = new Map<z.core.$ZodType, z.core.$ZodType>();

/** What Discord's OpenAPI document (as zod schemas: discord-api-spec) says of the bodies that the bot sends. */
const BODIES: Readonly<Record<string, z.core.$ZodType>> = {
  'POST /channels/{channel_id}/messages': named('MessageCreateRequest'),
  'PATCH /channels/{channel_id}/messages/{message_id}': named('MessageEditRequestPartial'),
  'PUT /applications/{application_id}/commands': z.array(named('ApplicationCommandUpdateRequest')),
  'POST /interactions/{interaction_id}/{interaction_token}/callback': z.union([
    named('ApplicationCommandAutocompleteCallbackRequest'),
    named('CreateMessageInteractionCallbackRequest'),
    named('ModalInteractionCallbackRequest'),
    named('UpdateMessageInteractionCallbackRequest'),
  ]),
  'POST /webhooks/{webhook_id}/{webhook_token}': named('IncomingWebhookRequestPartial'),
  'PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original': named('IncomingWebhookUpdateRequestPartial'),
};

const PATHS = Object.entries(pathsList).flatMap(([method, paths]) =>
  paths.map((path) => ({ key: `${method.toUpperCase()} ${path}`, pattern: patternOf(path) })),
);

/**
 * Where a request differs from Discord's OpenAPI document: a path that it does not have, a body that it does not allow,
 * with fields that it does not know among it.
 */
export function openapiFaults(method: string, path: string, body: Json): string[] {
  const found = PATHS.filter(({ key, pattern }) => key.startsWith(`${method} `) && pattern.test(path));
  if (found.length === 0) return [`${method} ${path} is not in the OpenAPI document`];
  // Of `/users/{user_id}` and `/users/@me` the latter is meant.
  const { key } = found.toSorted((a, b) => a.key.split('{').length - b.key.split('{').length)[0]!;
  const schema = BODIES[key];
  const result = schema === undefined ? undefined : z.safeParse(schema, sentOf(body));
  if (result === undefined || result.success) return [];
  return result.error.issues.map((issue) => `${key}: ${JSON.stringify(issue)}`);
}

/** Without the files that came beside it (bodyOf in discord-server.ts). */
function sentOf(body: Json): unknown {
  if (Array.isArray(body)) return body;
  const { files: _files, ...sent } = body;
  return sent;
}

function named(name: string): z.core.$ZodType {
  return strict(schemas[`${name}Schema`]!);
}

/** The same schema, but for objects with a field which it does not name: it does not take them. */
function strict(schema: z.core.$ZodType): z.core.$ZodType {
  const known = stricter.get(schema);
  if (known !== undefined) return known;
  // oxlint-disable-next-line no-underscore-dangle -- zod's documented way for libraries into a schema
  const def = schema._zod.def as z.core.$ZodTypeDef & {
    shape?: Record<string, z.core.$ZodType>;
    options?: readonly z.core.$ZodType[];
    element?: z.core.$ZodType;
    innerType?: z.core.$ZodType;
    getter?: () => z.core.$ZodType;
  };
  const { shape, options, element, innerType, getter } = def;
  const made = z.core.clone(schema, {
    ...def,
    ...(shape !== undefined && {
      catchall: z.never(),
      shape: Object.fromEntries(Object.entries(shape).map(([name, part]) => [name, strict(part)])),
    }),
    ...(options !== undefined && { options: options.map(strict) }),
    ...(element !== undefined && { element: strict(element) }),
    ...(innerType !== undefined && { innerType: strict(innerType) }),
    ...(getter !== undefined && { getter: () => strict(getter()) }),
  });
  stricter.set(schema, made);
  return made;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
