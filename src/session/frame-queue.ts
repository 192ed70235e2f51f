/**
 * What a session has to send, and in which order: control frames first, then credit, then one frame of each
 * channel in turn, so that a bulk channel holds up no other (docs/PROTOCOL.md [fairness]).
 */
import { SyncError } from '../model/sync-error.js';
import { encodeAmount, KIND, PREFIX_BYTES } from '../wire/frame.js';
import type { ChannelStream } from './channel-stream.js';
import type { Outgoing } from './output.js';
import { CONTROL_MAX } from './session-limits.js';

const NOTHING = Buffer.alloc(0);

export class FrameQueue {
  readonly #control: Outgoing[] = [];
  #controlBytes = 0;
  readonly #creditDue = new Set<ChannelStream>();
  /** In the order of their turns. */
  readonly #ready = new Set<ChannelStream>();

  /** Throws `protocol` when the peer causes answers and does not read them. */
  control(frame: Outgoing): void {
    this.#controlBytes += PREFIX_BYTES + frame.header.length + frame.payload.length;
    if (this.#controlBytes > CONTROL_MAX) {
      throw new SyncError(
        'protocol',
        `the other end does not read: more than ${CONTROL_MAX} bytes of answers wait for it`,
      );
    }
    this.#control.push(frame);
  }

  creditDue(channel: ChannelStream): void {
    this.#creditDue.add(channel);
  }

  ready(channel: ChannelStream): void {
    this.#ready.add(channel);
  }

  forget(channel: ChannelStream): void {
    this.#creditDue.delete(channel);
    this.#ready.delete(channel);
  }

  clear(): void {
    this.#control.length = 0;
    this.#controlBytes = 0;
    this.#creditDue.clear();
    this.#ready.clear();
  }

  next(): Outgoing | undefined {
    return this.#nextControl() ?? this.#nextCredit() ?? this.#nextInTurn() ?? this.#nextControl();
  }

  #nextControl(): Outgoing | undefined {
    const frame = this.#control.shift();
    if (frame !== undefined) this.#controlBytes -= PREFIX_BYTES + frame.header.length + frame.payload.length;
    return frame;
  }

  #nextCredit(): Outgoing | undefined {
    for (const channel of this.#creditDue) {
      this.#creditDue.delete(channel);
      const amount = channel.receiver.takeCredit();
      if (amount === 0) continue;
      return { kind: KIND.credit, channel: channel.id, header: NOTHING, payload: encodeAmount(amount) };
    }
    return undefined;
  }

  /** A channel without credit leaves the turn and says so by a control frame; credit brings it back. */
  #nextInTurn(): Outgoing | undefined {
    for (const channel of this.#ready) {
      this.#ready.delete(channel);
      const frame = channel.sender.next();
      if (frame === undefined) continue;
      if (channel.sender.waiting) this.#ready.add(channel);
      return frame;
    }
    return undefined;
  }
}
