/** The post that a link of Slack's leads to: `…/archives/C0123/p1700000000000100`. */
export function placeOfLink(link: string | undefined): { channel: string; message: string } | null {
  const [, channel, seconds, micros] =
    /\/archives\/([CGD][A-Z0-9]+)\/p(\d{10})(\d{6})(?:[?#].*)?$/.exec(link ?? '') ?? [];
  if (channel === undefined || seconds === undefined || micros === undefined) return null;
  return { channel, message: `${seconds}.${micros}` };
}

/** The post that a reply answers, as its link says; null for what answers none. */
export function threadOfLink(link: string | undefined): string | null {
  const thread = URL.parse(link ?? '')?.searchParams.get('thread_ts') ?? null;
  return thread !== null && /^\d{10}\.\d{6}$/.test(thread) ? thread : null;
}
