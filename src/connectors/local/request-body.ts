/** A request that cannot be met; the message is a sentence for whoever made it. */
export class RefusedError extends Error {
  override name = 'RefusedError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The fields of a JSON body. Throws a `RefusedError` (400) that says what is wrong with it. */
export class RequestBody {
  readonly #fields: Record<string, unknown>;

  private constructor(fields: Record<string, unknown>) {
    this.#fields = fields;
  }

  static async of(request: Request): Promise<RequestBody> {
    let value: unknown;
    try {
      value = await request.json();
    } catch {
      throw new RefusedError(400, 'The body is not JSON. Send one JSON object.');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new RefusedError(400, 'The body is JSON, but not an object. Send one JSON object.');
    }
    return new RequestBody(value as Record<string, unknown>);
  }

  /** A text that says something, at most `limit` UTF-16 units, as it was sent. */
  text(field: string, limit: number): string {
    const value = this.#fields[field];
    if (typeof value !== 'string') throw new RefusedError(400, `\`${field}\` has to be a text.`);
    if (value.trim() === '') throw new RefusedError(400, `\`${field}\` is empty.`);
    if (value.length > limit) {
      throw new RefusedError(400, `\`${field}\` has ${value.length} characters; at most ${limit} are allowed.`);
    }
    return value;
  }

  /** A person's name: one line, without the characters that no one sees. */
  name(field: string): string {
    const name = this.text(field, 200)
      .toWellFormed()
      .normalize('NFC')
      .replaceAll(/[\p{C}\s]+/gu, ' ')
      .trim();
    if (name === '' || name.length > 40)
      throw new RefusedError(400, `\`${field}\` has to be a name of 1 to 40 characters.`);
    return name;
  }

  oneOf<const T extends string>(field: string, allowed: readonly T[]): T {
    const found = allowed.find((each) => each === this.#fields[field]);
    if (found === undefined) throw new RefusedError(400, `\`${field}\` has to be one of ${allowed.join(', ')}.`);
    return found;
  }
}
