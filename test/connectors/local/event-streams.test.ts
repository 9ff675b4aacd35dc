import { describe, expect, it } from 'vitest';
import { EventStreams } from '../../../src/connectors/local/event-streams.ts';
import type { LocalEvent } from '../../../src/connectors/local/wire.ts';

const playing: LocalEvent = { type: 'sample', playing: true };
const removed = (id: string): LocalEvent => ({ type: 'post-removed', id });
const frames = (events: LocalEvent[]): string => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');

describe('event streams', () => {
  it('put what happens while the first event is made behind it', async () => {
    const streams = new EventStreams();
    const opening = streams.open(() => {
      streams.send(removed('meanwhile'));
      return Promise.resolve(playing);
    }, new AbortController().signal);
    const response = await opening;
    streams.send(removed('later'));
    streams.close();
    expect(await response.text()).toBe(frames([playing, removed('meanwhile'), removed('later')]));
    expect(response.headers.get('content-type')).toBe('text/event-stream');
  });

  it('end where closed while the first event is made', async () => {
    const streams = new EventStreams();
    const response = await streams.open(() => {
      streams.close();
      return Promise.resolve(playing);
    }, new AbortController().signal);
    expect(await response.text()).toBe(frames([playing]));
  });

  it('end when the reader goes away, and only for that reader', async () => {
    const streams = new EventStreams();
    const leaving = new AbortController();
    const first = await streams.open(() => Promise.resolve(playing), leaving.signal);
    const second = await streams.open(() => Promise.resolve(playing), new AbortController().signal);
    leaving.abort();
    streams.send(removed('later'));
    streams.close();
    expect(await first.text()).toBe(frames([playing]));
    expect(await second.text()).toBe(frames([playing, removed('later')]));
  });

  it('fail as their first event does', async () => {
    const streams = new EventStreams();
    const opening = streams.open(() => Promise.reject(new Error('no snapshot')), new AbortController().signal);
    await expect(opening).rejects.toThrow('no snapshot');
  });

  it('let go of a reader that never reads', async () => {
    const streams = new EventStreams();
    const response = await streams.open(() => Promise.resolve(playing), new AbortController().signal);
    const megabyte = 'x'.repeat(1024 * 1024);
    for (let sent = 0; sent < 20; sent += 1) streams.send(removed(megabyte));
    // It ends by itself: nothing closed the streams, and what was in flight is all that there is to read.
    expect((await response.text()).length).toBeLessThan(10 * megabyte.length);
  });
});
