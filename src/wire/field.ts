/**
 * Fields of a header: how each kind of value stands in CBOR, and what it may be. Byte strings of the model
 * (names, paths, digests, ids) are CBOR byte strings; fields stand in their documented order without keys, so there
 * are none that could repeat, be unknown or reach a prototype. (docs/PROTOCOL.md [fields])
 */
import type { ByteString } from '../model/byte-string.js';
import { DIGEST_BYTES, type Digest } from '../model/digest.js';
import { checkName, checkPath } from '../model/path-rule.js';
import { SyncError } from '../model/sync-error.js';
import { REPLICA_ID_BYTES, type ReplicaId } from '../model/version-vector.js';
import type { CborValue } from './cbor.js';

/** Characters of a refused text that a message shows. */
const SHOWN_MAX = 40;

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

/** One of some words, as its place in their list: new words go to the end. */
export function word<const T extends string>(...words: readonly T[]): Field<T> {
  return {
    encode(value) {
      const place = words.indexOf(value);
      if (place < 0) throw unsendable(`${value} is none of ${words.join(', ')}`);
      return place;
    },
    decode(value, where) {
      const known = typeof value === 'number' ? words[value] : undefined;
      if (known === undefined) throw bad(where, `a number of ${words.join(', ')}`, value);
      return known;
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
      if (value.length > max) throw tooMany(value.length, max);
      return value.map((each) => item.encode(each));
    },
    decode(value, where) {
      if (!Array.isArray(value) || value.length > max) throw bad(where, `at most ${max} items`, value);
      return value.map((each: CborValue) => item.decode(each, where));
    },
  };
}

/** At most `max` records, their fields one after the other in one array: half the items of an array for each. */
export function rows<T extends object>(layout: Layout<T>, max: number): Field<readonly T[]> {
  const keys = Object.keys(layout) as (keyof T & string)[];
  const fields = keys.map((key) => layout[key]) as Field<unknown>[];
  const width = keys.length;
  return {
    encode(value) {
      if (value.length > max) throw tooMany(value.length, max);
      const cells: CborValue[] = [];
      for (const row of value) for (let i = 0; i < width; i++) cells.push(fields[i]!.encode(row[keys[i]!]));
      return cells;
    },
    decode(value, where) {
      if (!Array.isArray(value) || value.length > max * width || value.length % width !== 0) {
        throw bad(where, `at most ${max} rows of ${width} fields`, value);
      }
      const decoded: T[] = [];
      for (let at = 0; at < value.length; at += width) {
        const row = {} as Record<string, unknown>; // the keys are the layout's own, never the peer's
        for (let i = 0; i < width; i++) row[keys[i]!] = fields[i]!.decode(value[at + i], keys[i]!);
        decoded.push(row as T);
      }
      return decoded;
    },
  };
}

/** Rows of two, as pairs. */
export function pairs<A, B>(first: Field<A>, second: Field<B>, max: number): Field<readonly (readonly [A, B])[]> {
  const table = rows<{ first: A; second: B }>({ first, second }, max);
  return {
    encode: (value) => table.encode(value.map(([a, b]) => ({ first: a, second: b }))),
    decode: (value, where) => table.decode(value, where).map((row) => [row.first, row.second] as const),
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

function tooMany(count: number, max: number): SyncError {
  return unsendable(`${count} items, at most ${max} fit a message`);
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
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, SHOWN_MAX))}`;
  return String(value);
}
