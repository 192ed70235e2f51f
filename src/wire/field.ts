/**
 * Fields of a header: how each kind of value stands in CBOR, and what it may be. Byte strings of the model
 * (names, paths, digests, ids) are CBOR byte strings; a record is an array of its fields in their documented
 * order, so there are no keys that could repeat, be unknown or reach a prototype. (docs/PROTOCOL.md [fields])
 */
import type { ByteString } from '../model/byte-string.js';
import { DIGEST_BYTES, type Digest } from '../model/digest.js';
import { checkName, checkPath } from '../model/path-rule.js';
import { SyncError } from '../model/sync-error.js';
import { REPLICA_ID_BYTES, type ReplicaId } from '../model/version-vector.js';
import type { CborValue } from './cbor.js';

export interface Field<T> {
  /** Throws `usage` for a value that the other end would refuse. */
  encode(value: T): CborValue;
  /** Throws `protocol`; `where` names the field for the message. */
  decode(value: CborValue | undefined, where: string): T;
}

export type Layout<T> = { readonly [K in keyof T]-?: Field<T[K]> };

/** An unsigned integer; sizes and counters reach 2^53 − 1, beyond which a number is no longer exact. */
export function uint(max = Number.MAX_SAFE_INTEGER): Field<number> {
  const fits = (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
  return {
    encode(value) {
      if (!fits(value)) throw unsendable(`${value} is no integer from 0 to ${max}`);
      return value > 0xffff_ffff ? BigInt(value) : value;
    },
    decode(value, where) {
      if (!fits(value)) throw bad(where, `an integer from 0 to ${max}`, value);
      return value;
    },
  };
}

export const bool: Field<boolean> = {
  encode: (value) => value,
  decode(value, where) {
    if (typeof value !== 'boolean') throw bad(where, 'true or false', value);
    return value;
  },
};

/** Text for people, at most `max` bytes of UTF-8; what is longer is cut when it is sent. */
export function text(max: number): Field<string> {
  return {
    encode: (value) => cut(value, max),
    decode(value, where) {
      if (typeof value !== 'string' || Buffer.byteLength(value) > max)
        throw bad(where, `text of at most ${max} bytes`, value);
      return value;
    },
  };
}

/** One of some words. */
export function word<const T extends string>(...words: readonly T[]): Field<T> {
  return {
    encode: (value) => value,
    decode(value, where) {
      if (!words.includes(value as T)) throw bad(where, `one of ${words.join(', ')}`, value);
      return value as T;
    },
  };
}

/** Raw bytes of one length. */
export function bytes(length: number): Field<Uint8Array> {
  return {
    encode: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    decode(value, where) {
      if (!Buffer.isBuffer(value) || value.length !== length) throw bad(where, `${length} bytes`, value);
      return Buffer.from(value);
    },
  };
}

export const digest: Field<Digest> = byteString('a digest', (value) => {
  if (value.length !== DIGEST_BYTES && value.length !== 0) throw new SyncError('protocol', `has ${value.length} bytes`);
  return value as Digest;
});

export const replicaId: Field<ReplicaId> = byteString('a replica id', (value) => {
  if (value.length !== REPLICA_ID_BYTES) throw new SyncError('protocol', `has ${value.length} bytes`);
  return value as ReplicaId;
});

/** Refuses `..`, absolute paths, NUL and whatever else model/path-rule.ts forbids. */
export const path = byteString('a path', checkPath);
export const name = byteString('a name', checkName);

/** At most `max` items. */
export function list<T>(item: Field<T>, max: number): Field<readonly T[]> {
  return {
    encode(value) {
      if (value.length > max) throw unsendable(`${value.length} items, at most ${max} fit a message`);
      return value.map((each) => item.encode(each));
    },
    decode(value, where) {
      if (!Array.isArray(value) || value.length > max) throw bad(where, `at most ${max} items`, value);
      return value.map((each: CborValue) => item.decode(each, where));
    },
  };
}

export function pair<A, B>(first: Field<A>, second: Field<B>): Field<readonly [A, B]> {
  return {
    encode: ([a, b]) => [first.encode(a), second.encode(b)],
    decode(value, where) {
      if (!Array.isArray(value) || value.length !== 2) throw bad(where, 'a pair', value);
      return [first.decode(value[0], where), second.decode(value[1], where)] as const;
    },
  };
}

/** An object whose fields stand in the order of the layout. */
export function record<T extends object>(layout: Layout<T>): Field<T> {
  const keys = Object.keys(layout) as (keyof T & string)[];
  return {
    encode: (value) => keys.map((key) => layout[key].encode(value[key])),
    decode(value, where) {
      if (!Array.isArray(value) || value.length !== keys.length) throw bad(where, `${keys.length} fields`, value);
      // The keys are the layout's own, never the peer's.
      const result = {} as T;
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i] as keyof T & string;
        result[key] = layout[key].decode(value[i], key);
      }
      return result;
    },
  };
}

function byteString<T extends ByteString>(what: string, check: (value: ByteString) => T): Field<T> {
  return {
    encode: (value) => Buffer.from(value, 'latin1'),
    decode(value, where) {
      if (!Buffer.isBuffer(value)) throw bad(where, what, value);
      try {
        return check(value.toString('latin1'));
      } catch (cause) {
        throw new SyncError('protocol', `${where}: expected ${what}, but ${(cause as Error).message}`, { cause });
      }
    },
  };
}

function cut(value: string, max: number): string {
  const whole = Buffer.from(value); // a lone surrogate becomes U+FFFD here
  if (whole.length <= max) return whole.toString();
  // A cut inside a character leaves U+FFFD, which may be longer than what it replaces: leave room for it.
  return whole
    .subarray(0, max - 3)
    .toString()
    .replace(/\uFFFD$/, '');
}

function unsendable(why: string): SyncError {
  return new SyncError('usage', `this message cannot be sent: ${why}`);
}

function bad(where: string, expected: string, got: CborValue | undefined): SyncError {
  return new SyncError('protocol', `${where}: expected ${expected}, got ${describe(got)}`);
}

function describe(value: CborValue | undefined): string {
  if (Array.isArray(value)) return `${value.length} items`;
  if (Buffer.isBuffer(value)) return `${value.length} bytes`;
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 40))}`;
  return String(value);
}
