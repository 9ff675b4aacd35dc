import { SAMPLE_CONVERSATION } from '../../connectors/local/sample-conversation.ts';
import { openInput, readPostLines, type PostLine } from '../json-lines.ts';

/** Posts of our own where no files are given. */
const OWN = 1000;

/** The posts of files of JSON lines, in turn from each; without files the sample conversation, each post a little different. */
export async function benchPosts(files: readonly string[] | undefined): Promise<PostLine[]> {
  if (files === undefined) return ownPosts(OWN);
  const all = await Promise.all(files.map(postsOf));
  const longest = Math.max(...all.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => all.flatMap((posts) => posts.slice(i, i + 1))).flat();
}

export function ownPosts(count: number): PostLine[] {
  return Array.from({ length: count }, (_, id) => {
    const { text } = SAMPLE_CONVERSATION[id % SAMPLE_CONVERSATION.length]!;
    return { id, text: `${text} (${id})` };
  });
}

async function postsOf(file: string): Promise<PostLine[]> {
  const posts: PostLine[] = [];
  for await (const piece of readPostLines(openInput(file), file)) {
    for (const line of piece) if ('post' in line) posts.push(line.post);
  }
  return posts;
}
