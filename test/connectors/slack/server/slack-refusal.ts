import type { Json } from '../../discord/server/json.ts';

/** A refusal as Slack words it: HTTP 200 with `ok: false` and a code, and what goes beside it. */
export class SlackRefusal extends Error {
  readonly code: string;
  readonly more: Json;

  constructor(code: string, more: Json = {}) {
    super(code);
    this.code = code;
    this.more = more;
  }
}

/** What is wrong with the arguments, a line each, as `response_metadata` has it. */
export function invalid(code: string, faults: readonly string[]): SlackRefusal {
  return new SlackRefusal(code, { response_metadata: { messages: faults.map((fault) => `[ERROR] ${fault}`) } });
}
