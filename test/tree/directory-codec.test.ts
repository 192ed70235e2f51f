import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/model/digest.js';
import type { Directory, Lineage, LocalEntry } from '../../src/model/entry.js';
import type { Name } from '../../src/model/path.js';
import { SyncError } from '../../src/model/sync-error.js';
import type { ReplicaId } from '../../src/model/version-vector.js';
import { decodeDirectory, encodeDirectory } from '../../src/tree/directory-codec.js';
import { directories } from './directories.js';

const WIRE = { local: false };
const LOCAL = { local: true };

test('what is packed is what is unpacked, in the local form', () => {
  fc.assert(
    fc.property(directories(true), (directory) => {
      expect(decodeDirectory(encodeDirectory(directory, LOCAL), LOCAL)).toEqual(directory);
    }),
  );
});

test('what is packed is what is unpacked, in the wire form', () => {
  fc.assert(
    fc.property(directories(false), (directory) => {
      expect(decodeDirectory(encodeDirectory(directory, WIRE), WIRE)).toEqual(directory);
    }),
  );
});

test('the wire form leaves out stats, times of deletions and absent entries', () => {
  fc.assert(
    fc.property(directories(true), (directory) => {
      const claims = directory.filter(({ kind }) => kind !== 'absent').map(({ stat, since, ...claim }) => claim);
      expect(decodeDirectory(encodeDirectory(directory, WIRE), WIRE)).toEqual(claims);
    }),
  );
});

test('whatever a peer sends unpacks to what packs to the same bytes, or is refused', () => {
  const mutation = fc.record({
    at: fc.nat(),
    byte: fc.nat(255),
    how: fc.constantFrom('set', 'insert', 'remove', 'cut'),
  });
  fc.assert(
    fc.property(
      fc.boolean(),
      directories(true),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      (local, directory, mutations) => {
        let bytes = encodeDirectory(directory, { local });
        for (const { at, byte, how } of mutations) bytes = mutated(bytes, at % (bytes.length + 1), byte, how);
        checkHostile(bytes, local);
      },
    ),
    { numRuns: 1000 },
  );
});

test('arbitrary bytes are refused or canonical', () => {
  const packs = fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 100 }));
  fc.assert(
    fc.property(packs, ([local, numbers, strings]) => {
      checkHostile(Buffer.from([1, local ? 1 : 0, numbers.length, ...numbers, ...strings]), local);
    }),
    { numRuns: 1000 },
  );
});

function checkHostile(bytes: Buffer, local: boolean): void {
  let decoded: Directory<LocalEntry>;
  try {
    decoded = decodeDirectory(bytes, { local });
  } catch (error) {
    expect(error).toBeInstanceOf(SyncError);
    expect(['protocol', 'path']).toContain((error as SyncError).code);
    return;
  }
  const again = encodeDirectory(decoded, { local });
  // In a stat, which is nobody else's, a device or inode number above 2^53 may have more than one spelling.
  if (local) expect(decodeDirectory(again, { local })).toEqual(decoded);
  else expect(again.equals(bytes)).toBe(true);
}

function mutated(bytes: Buffer, at: number, byte: number, how: string): Buffer {
  switch (how) {
    case 'cut':
      return bytes.subarray(0, at);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)]);
    case 'remove':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    default:
      return Buffer.from(bytes.map((old, i) => (i === at ? byte : old)));
  }
}

interface Vector {
  readonly name: string;
  readonly local: boolean;
  readonly entries: readonly Record<string, never>[];
  readonly hex: string;
}
interface Refused {
  readonly name: string;
  readonly local: boolean;
  readonly hex: string;
  readonly error: string;
}

const fixture = JSON.parse(fs.readFileSync(new URL('../../fixtures/tree/directory.json', import.meta.url), 'utf8'));

describe('golden vectors of [directory]', () => {
  test.each((fixture.packed as Vector[]).map((row) => [row.name, row] as const))('%s', (_, { local, entries, hex }) => {
    const directory = entries.map(entryOf);
    expect(encodeDirectory(directory, { local }).toString('hex')).toBe(hex.replaceAll(' ', ''));
    expect(decodeDirectory(Buffer.from(hex.replaceAll(' ', ''), 'hex'), { local })).toEqual(directory);
  });

  test.each((fixture.refused as Refused[]).map((row) => [row.name, row] as const))(
    'refuses %s',
    (_, { local, hex, error }) => {
      expect(() => decodeDirectory(Buffer.from(hex.replaceAll(' ', ''), 'hex'), { local })).toThrow(error);
    },
  );
});

test('a number that could not be read back is refused, not written', () => {
  const [entry] = fixture.packed[1].entries.map(entryOf) as [LocalEntry];
  const file: LocalEntry = { ...entry, kind: 'file', mode: 0o644, digest: 'd'.repeat(32) as Digest };
  expect(() => encodeDirectory([{ ...file, mtime: Number.MIN_SAFE_INTEGER }], WIRE)).not.toThrow();
  for (const wrong of [{ mtime: -(2 ** 53) }, { mtime: 2 ** 53 }, { size: 2 ** 53 }]) {
    expect(() => encodeDirectory([{ ...file, ...wrong }], WIRE)).toThrow(RangeError);
  }
});

test('text that was never turned into bytes is refused, not cut', () => {
  const [entry] = fixture.packed[1].entries.map(entryOf) as [LocalEntry];
  expect(() => encodeDirectory([{ ...entry, name: '\u0141' as Name }], WIRE)).toThrow(RangeError);
});

test('250 files take well below a millisecond each way', () => {
  const directory = Array.from({ length: 250 }, (_, i): LocalEntry => {
    const name = `IMG-${String(i).padStart(8, '0')}.jpeg` as Name;
    const stat = { dev: 66306, ino: 123456789 + i, size: 4000 + i, mtimeMs: 1.7e12 + i + 0.25, ctimeMs: 1.7e12 + i };
    const vector = [['rAAAAAAA' as ReplicaId, 5] as const];
    const digest = String.fromCharCode(i).repeat(32) as Digest;
    return { name, kind: 'file', size: 4000 + i, mtime: 1.7e15 + i, mode: 0o644, digest, vector, lineage: [], stat };
  });
  const packed = encodeDirectory(directory, LOCAL);
  const start = process.cpuUsage();
  for (let i = 0; i < 500; i++) decodeDirectory(encodeDirectory(directory, LOCAL), LOCAL);
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 500).toBeLessThan(2000); // microseconds; about 150 on a quiet machine
  expect(packed.length / 250).toBeLessThan(100);
});

/** The JSON form of an entry: strings that are bytes are hex, but for names. */
function entryOf(row: Record<string, never>): LocalEntry {
  const { name, digest, vector, lineage, tree, ...rest } = row as unknown as {
    name: string;
    digest: string;
    vector: [string, number][];
    lineage: string[];
    tree?: { full: string; view: string; entries: number; bytes: number };
    kind: LocalEntry['kind'];
    size: number;
    mtime: number;
    mode: number;
    stat?: NonNullable<LocalEntry['stat']>;
  };
  return {
    ...rest,
    name: name as Name,
    digest: fromHex(digest) as Digest,
    vector: vector.map(([id, counter]) => [fromHex(id) as ReplicaId, counter] as const),
    lineage: lineage.map((known) => fromHex(known) as Lineage),
    ...(tree && { tree: { ...tree, full: fromHex(tree.full) as Digest, view: fromHex(tree.view) as Digest } }),
  };
}

function fromHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}
