/** A cookie that scripts cannot read and that no other site's request carries, but for a click that leads here. */
export function cookieOf(
  name: string,
  value: string,
  options: { path?: string; seconds: number; secure: boolean },
): string {
  const { path = '/', seconds, secure } = options;
  return `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}

/** Null where a request's `Cookie` header has none of that name. */
export function cookieIn(header: string | undefined, name: string): string | null {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) || null;
}
