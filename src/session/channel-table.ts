/**
 * The channels of a session by number. The dialling end numbers the channels that it opens 1, 3, 5, …, the
 * listening end 2, 4, 6, …; a number is never used again (docs/PROTOCOL.md [channel-id]).
 */
import { SyncError } from '../model/sync-error.js';
import type { ChannelStream } from './channel-stream.js';
import { CHANNELS_MAX } from './session-limits.js';

export class ChannelTable {
  readonly #channels = new Map<number, ChannelStream>();
  /** Parity of the numbers that this end gives. */
  readonly #parity: number;
  #nextMine: number;
  #lastTheirs = 0;
  #mine = 0;
  #theirs = 0;
  /** Those who wait to open a channel. */
  readonly #waiters: (() => void)[] = [];

  constructor(initiator: boolean) {
    this.#parity = initiator ? 1 : 0;
    this.#nextMine = initiator ? 1 : 2;
  }

  get(id: number): ChannelStream | undefined {
    return this.#channels.get(id);
  }

  all(): ChannelStream[] {
    return [...this.#channels.values()];
  }

  /** Waits until this end may open another channel. */
  async room(): Promise<void> {
    while (this.#mine >= CHANNELS_MAX) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  addMine(create: (id: number) => ChannelStream): ChannelStream {
    const channel = create(this.#nextMine);
    this.#nextMine += 2;
    this.#mine++;
    this.#channels.set(channel.id, channel);
    return channel;
  }

  /** Throws `protocol` for a number that is not the peer's to give, or one channel too many. */
  checkTheirs(id: number): void {
    if (id % 2 === this.#parity || id <= this.#lastTheirs) {
      throw new SyncError(
        'protocol',
        `channel ${id} cannot be opened by the other end: its last was ${this.#lastTheirs}`,
      );
    }
    if (this.#theirs >= CHANNELS_MAX) {
      throw new SyncError('protocol', `expected at most ${CHANNELS_MAX} open channels, got one more`);
    }
  }

  addTheirs(channel: ChannelStream): void {
    this.#lastTheirs = channel.id;
    this.#theirs++;
    this.#channels.set(channel.id, channel);
  }

  remove(channel: ChannelStream): void {
    if (!this.#channels.delete(channel.id)) return;
    if (channel.id % 2 !== this.#parity) this.#theirs--;
    else {
      this.#mine--;
      this.#waiters.shift()?.();
    }
  }

  /** Whether the channel was there once: frames to it may still be on their way after an abort. */
  knew(id: number): boolean {
    return id % 2 === this.#parity ? id < this.#nextMine : id <= this.#lastTheirs;
  }

  /** Nobody waits any longer. */
  wake(): void {
    this.#mine = 0;
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}
