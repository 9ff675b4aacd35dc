import type { Post } from './wire.ts';

/** Posts kept for a newcomer to read. Older ones are forgotten by the chat. */
const HISTORY = 300;

/** The chat's recent posts, in memory only: what no one flagged is written nowhere. */
export class Room {
  readonly #posts = new Map<string, Post>();

  /** Oldest first. */
  posts(): Post[] {
    return [...this.#posts.values()];
  }

  find(id: string): Post | undefined {
    return this.#posts.get(id);
  }

  /** Adds a post, or puts an edited one in its place. */
  put(post: Post): void {
    this.#posts.set(post.id, post);
    for (const id of this.#posts.keys()) {
      if (this.#posts.size <= HISTORY) break;
      this.#posts.delete(id);
    }
  }

  remove(id: string): void {
    this.#posts.delete(id);
  }
}
