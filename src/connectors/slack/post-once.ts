import type { webApi } from '@slack/bolt';
import type { Posting } from './card-board.ts';

const TYPE = 'keel_card';

export async function postOnce(client: webApi.WebClient, { channel, key, message }: Posting) {
  const { messages = [] } = await client.conversations.history({ channel, include_all_metadata: true, limit: 100 });
  const own = messages.find(
    ({ metadata }) => (metadata?.event_payload as Record<string, unknown> | undefined)?.['key'] === key,
  );
  if (own?.ts !== undefined) return { ts: own.ts, found: true };
  const metadata = { event_type: TYPE, event_payload: { key } };
  const { ts } = await client.chat.postMessage({
    channel,
    ...message,
    metadata,
    unfurl_links: false,
    unfurl_media: false,
  });
  return { ts: ts!, found: false };
}
