import { Socket } from 'node:net';

/** The sockets of a process to its database, so that all of them can be given up at once. */
export class Sockets {
  readonly #open = new Set<Socket>();

  /** As `pg` asks for one: its option `stream`. */
  readonly make = (): Socket => {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  /** Ends all but one without a goodbye: whoever waits on one of them is told. */
  giveUp(but: Socket): void {
    for (const socket of this.#open) if (socket !== but) socket.destroy();
  }
}
