/** What makes two posts the same one: letters and digits alone, links and handles aside. Takes text as the model reads it. */
export function keyOf(text: string): string {
  const words = text
    .replaceAll(/@(?:URL|USER)\b/g, ' ')
    .normalize('NFKC')
    .toLowerCase();
  const key = words.match(/[\p{L}\p{M}\p{N}]+/gu)?.join(' ');
  return key ?? text;
}
