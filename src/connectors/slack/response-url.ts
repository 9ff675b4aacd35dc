import type { types, webApi } from '@slack/bolt';
import { EvenkeelError } from '../../runtime/errors.ts';

/** An answer to where a command was written or a button pressed. */
export interface Reply {
  response_type?: 'ephemeral';
  replace_original?: boolean;
  text: string;
  blocks: types.KnownBlock[];
}

/** Answers at an address that came with a request. `fetch` refuses those that are not Slack's. */
export async function reply(
  fetch: NonNullable<webApi.WebClientOptions['fetch']>,
  url: string,
  body: Reply,
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  });
  // Read, so that the connection is free again.
  const said = await response.text();
  if (!response.ok) {
    throw new EvenkeelError('network', `Slack did not take an answer: ${response.status} ${said.slice(0, 100)}`, {
      hint: 'An answer is taken five times within half an hour of the command or click.',
    });
  }
}
