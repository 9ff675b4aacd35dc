import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { EvenkeelError, messageOf } from '../../runtime/errors.ts';

/** A process that answers one value for each that it is given. */
export interface Conversation {
  ask(value: unknown): Promise<unknown>;
  /** Ends the process. */
  stop(): Promise<void>;
}

/** JSON lines over a process's standard input and output. `name` and `hint`: what is said where it ends too early. */
export function converseInLines(child: ChildProcess, name: string, hint: string): Conversation {
  // Its end is told by the child's own events.
  child.stdin!.on('error', () => {});
  const { hear, ...talk } = converse(child, name, hint, (value) => {
    child.stdin!.write(`${JSON.stringify(value)}\n`);
  });
  createInterface(child.stdout!).on('line', (line) => hear(JSON.parse(line)));
  return talk;
}

/** The messages of a process that was forked. */
export function converseInMessages(child: ChildProcess, name: string, hint: string): Conversation {
  const { hear, ...talk } = converse(child, name, hint, (value) => {
    child.send(value as object);
  });
  child.on('message', hear);
  return talk;
}

function converse(child: ChildProcess, name: string, hint: string, send: (value: unknown) => void) {
  const ended = (what: string): EvenkeelError => new EvenkeelError('input', what, { hint });
  let waiting = Promise.withResolvers<unknown>();
  child.on('error', (error) => waiting.reject(ended(`${name} cannot be run: ${messageOf(error)}`)));
  child.on('exit', () => waiting.reject(ended(`${name} ended before it had answered`)));
  return {
    hear: (value: unknown): void => waiting.resolve(value),
    ask(value: unknown): Promise<unknown> {
      waiting = Promise.withResolvers();
      send(value);
      return waiting.promise;
    },
    async stop(): Promise<void> {
      waiting.promise.catch(() => {});
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}
