import { isIP } from 'node:net';

/**
 * Whether a request's Host is one that this server answers to. A page of another site reaches a loopback port by letting
 * its own name resolve to it (DNS rebinding), so names are listed; a bare address needs no resolving, and is safe.
 */
export function isKnownHost(host: string, bound: string, names: readonly string[]): boolean {
  const name = URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, '');
  if (name === undefined) return false;
  if (name === 'localhost' || name === bound.toLowerCase() || names.includes(name)) return true;
  if (isIP(name) === 0) return false;
  return isLoopback(bound) ? isLoopback(name) : true;
}

/** Whether only this machine can reach a server bound there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Whether a request that changes something comes from a page of ours, or from no page at all. Browsers send `Origin`
 * with every such request; `Sec-Fetch-Site` is the second net.
 */
export function isOwnPage(headers: { origin?: string; fetchSite?: string; host?: string }): boolean {
  const { origin, fetchSite, host } = headers;
  if (origin !== undefined && URL.parse(origin)?.host !== URL.parse(`http://${host}`)?.host) return false;
  return fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none';
}

export function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}
