/**
 * The runs that have a session with a listener now. One that dialled a listener which it knew from before asks by
 * broadcast for others only (docs/PROTOCOL.md [again]), and gets no reply from those that it has met.
 */
import type { Session } from '../session/channel.js';
import { hexOfBytes } from './hex.js';

export class MetRuns {
  /** How many sessions each has. */
  readonly #sessions = new Map<string, number>();

  add({ peer, closed }: Session, listenerId: Buffer): void {
    const name = nameOf(listenerId, peer.run);
    this.#count(name, 1);
    void closed.then(() => this.#count(name, -1));
  }

  has(listenerId: Buffer, run: Uint8Array): boolean {
    return this.#sessions.has(nameOf(listenerId, run));
  }

  #count(name: string, change: number): void {
    const sessions = (this.#sessions.get(name) ?? 0) + change;
    if (sessions === 0) this.#sessions.delete(name);
    else this.#sessions.set(name, sessions);
  }
}

function nameOf(listenerId: Buffer, run: Uint8Array): string {
  return `${hexOfBytes(listenerId)} ${hexOfBytes(run)}`;
}
