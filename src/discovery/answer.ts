/**
 * Decides what a listener answers to a datagram: nothing, unless everything is right
 * (docs/PROTOCOL.md [answer]). No sockets here, so that each rule can be tested alone.
 */
import {
  type DatagramKeys,
  datagramKeys,
  datagramNonce,
  datagramType,
  decodeProbe,
  encodeReply,
  NONCE_BYTES,
  PROBE_TIME_WINDOW_MS,
  type Probe,
} from '../wire/datagram.js';
import type { GroupKey } from '../wire/key-schedule.js';
import { Admission } from './admission.js';
import { RecentNonces, ReplyRate } from './recent.js';

/**
 * Milliseconds from one look at what is served to the next for the sake of datagrams that do not open: junk would else cost
 * a look at the disk each. A probe by a key that is new since the last look and comes in between is sent again (250 ms).
 */
export const LOOK_EVERY = 50;

/** A folder that a listener answers for. */
export interface Served {
  readonly key: GroupKey;
  /** 16 random bytes, of this folder in this process. */
  readonly listenerId: Buffer;
}

export interface Answer {
  readonly listenerId: Buffer;
  /** Who asked: the id of its run. */
  readonly initiatorId: Buffer;
  readonly datagram: Buffer;
}

export interface AnswererOptions {
  readonly folders: () => readonly Served[];
  readonly tcpPort: number;
  /** Whether an address is in one of the networks that are answered. */
  readonly isNear: (address: string) => boolean;
  /** Whether a folder's listener has a session with that run already; its probe needs no reply then. */
  readonly isMet?: ((listenerId: Buffer, initiatorId: Buffer) => boolean) | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back, for rates. */
  readonly ticks: () => number;
  readonly random: (bytes: number) => Buffer;
}

interface Group {
  readonly keys: DatagramKeys;
  readonly members: readonly Served[];
}

interface Opened {
  readonly group: Group;
  readonly probe: Probe;
}

export class Answerer {
  readonly #options: AnswererOptions;
  readonly #admission = new Admission();
  readonly #nonces = new RecentNonces();
  readonly #rate = new ReplyRate();
  readonly #derived = new WeakMap<GroupKey, DatagramKeys>();
  /** What was served at the last look. */
  #groups: readonly Group[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Replies so far: where to go on when more folders are served than may be answered at once. */
  #replies = 0;

  constructor(options: AnswererOptions) {
    this.#options = options;
  }

  /** The replies to send to `source`; empty is silence, whatever the reason. */
  answer(datagram: Buffer, source: string): Answer[] {
    const { isNear, now, ticks } = this.#options;
    if (datagramType(datagram) !== 'probe' || !isNear(source)) return [];
    // Replays cost a lookup; only accepted nonces get in here, so junk cannot push them out.
    if (this.#nonces.has(datagramNonce(datagram))) return [];
    if (!this.#admission.admit(source, Math.max(1, this.#groups.length), ticks())) return [];
    const opened = this.#open(datagram);
    if (opened === undefined || Math.abs(now() - opened.probe.time) > PROBE_TIME_WINDOW_MS) return [];
    this.#nonces.add(datagramNonce(datagram));
    return this.#replyFor(opened.group, opened.probe, source);
  }

  /** Under a key that is served at this moment, whatever was at the last look. */
  #open(datagram: Buffer): Opened | undefined {
    const at = this.#options.ticks();
    if (at - this.#lookedAt < LOOK_EVERY && openUnderAny(this.#groups, datagram) === undefined) return undefined;
    this.#lookedAt = at;
    this.#groups = this.#look();
    return openUnderAny(this.#groups, datagram);
  }

  #replyFor(group: Group, probe: Probe, source: string): Answer[] {
    const { tcpPort, isMet, random, ticks } = this.#options;
    const count = Math.min(group.members.length, this.#rate.left(source, ticks()));
    const answers: Answer[] = [];
    for (let i = 0; i < count; i++) {
      const served = group.members[this.#replies++ % group.members.length];
      if (served === undefined) break;
      const { listenerId, key } = served;
      if (isMet?.(listenerId, probe.initiatorId)) continue;
      const reply = { nonce: probe.nonce, listenerId, port: tcpPort, epoch: key.epoch };
      answers.push({
        listenerId,
        initiatorId: probe.initiatorId,
        datagram: encodeReply(group.keys, reply, random(NONCE_BYTES)),
      });
      this.#rate.count(source, ticks());
    }
    return answers;
  }

  /** The served folders by group: one attempt to decrypt a group, not a folder. */
  #look(): Group[] {
    const groups = new Map<string, { keys: DatagramKeys; members: Served[] }>();
    for (const served of this.#options.folders()) {
      const keys = this.#keysOf(served.key);
      const tag = keys.tag.toString('latin1');
      const group = groups.get(tag);
      if (group === undefined) groups.set(tag, { keys, members: [served] });
      else group.members.push(served);
    }
    return [...groups.values()];
  }

  #keysOf(key: GroupKey): DatagramKeys {
    const known = this.#derived.get(key);
    if (known !== undefined) return known;
    const keys = datagramKeys(key);
    this.#derived.set(key, keys);
    return keys;
  }
}

/** Tries every key, also after one fitted: the time taken does not tell which groups are served. */
function openUnderAny(groups: readonly Group[], datagram: Buffer): Opened | undefined {
  let opened: Opened | undefined;
  for (const group of groups) {
    const probe = decodeProbe(group.keys, datagram);
    if (probe !== undefined) opened = { group, probe };
  }
  return opened;
}
