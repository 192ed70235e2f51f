/**
 * The door of a listener: who has connected and not yet proved the key. Strangers may hold so many places and no
 * more, so many an address and for so long; the oldest makes room for the newest, so that a flood of idle sockets
 * cannot keep an honest peer out (docs/PROTOCOL.md, "Limits").
 */
import type { Socket } from 'node:net';
import { HANDSHAKE_TIMEOUT } from './tls-options.js';

/** Sockets that have not finished their handshake. */
export const STRANGERS_MAX = 64;
/** The same, of one address. */
export const STRANGERS_PER_ADDRESS = 8;

interface Stranger {
  readonly address: string;
  readonly timer: NodeJS.Timeout;
}

export class Admission {
  /** Oldest first. */
  readonly #strangers = new Map<Socket, Stranger>();
  readonly #timeout: number;

  constructor(timeout = HANDSHAKE_TIMEOUT) {
    this.#timeout = timeout;
  }

  /** A socket came. It is destroyed when its time is over, whatever it sends meanwhile. */
  enter(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const timer = setTimeout(() => socket.destroy(), this.#timeout);
    this.#strangers.set(socket, { address, timer });
    socket.once('close', () => this.leave(socket));
    const sameAddress = [...this.#strangers].filter(([, stranger]) => stranger.address === address);
    if (sameAddress.length > STRANGERS_PER_ADDRESS) this.#evict(sameAddress[0]?.[0]);
    if (this.#strangers.size > STRANGERS_MAX) this.#evict(this.#strangers.keys().next().value);
  }

  /** It has proved the key, or has gone. */
  leave(socket: Socket): void {
    clearTimeout(this.#strangers.get(socket)?.timer);
    this.#strangers.delete(socket);
  }

  close(): void {
    for (const socket of [...this.#strangers.keys()]) this.#evict(socket);
  }

  #evict(socket: Socket | undefined): void {
    if (socket === undefined) return;
    this.leave(socket);
    socket.destroy();
  }
}
