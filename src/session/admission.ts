/**
 * The door of a listener: who has connected and not yet proved the key. Strangers may hold so many places and no
 * more, so many an address and for so long. Room for the newest is made by the oldest of the address that has the
 * most: were it the oldest of all, a flood from many addresses would drive out an honest peer in the middle of its
 * handshake (docs/PROTOCOL.md, "Limits").
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
    const byAddress = this.#byAddress();
    const same = byAddress.get(address) ?? [];
    if (same.length > STRANGERS_PER_ADDRESS) this.#evict(same[0]);
    else if (this.#strangers.size > STRANGERS_MAX) this.#evict(mostOf(byAddress)[0]);
  }

  /** It has proved the key, or has gone. */
  leave(socket: Socket): void {
    clearTimeout(this.#strangers.get(socket)?.timer);
    this.#strangers.delete(socket);
  }

  close(): void {
    for (const socket of [...this.#strangers.keys()]) this.#evict(socket);
  }

  /** Oldest first. */
  #byAddress(): Map<string, Socket[]> {
    const byAddress = new Map<string, Socket[]>();
    for (const [socket, { address }] of this.#strangers) {
      const sockets = byAddress.get(address);
      if (sockets === undefined) byAddress.set(address, [socket]);
      else sockets.push(socket);
    }
    return byAddress;
  }

  #evict(socket: Socket | undefined): void {
    if (socket === undefined) return;
    this.leave(socket);
    socket.destroy();
  }
}

/** The longest; of several, the one whose first is the oldest. */
function mostOf(lists: ReadonlyMap<string, Socket[]>): readonly Socket[] {
  let most: readonly Socket[] = [];
  for (const list of lists.values()) if (list.length > most.length) most = list;
  return most;
}
