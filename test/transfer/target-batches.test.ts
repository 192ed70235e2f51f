import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry, Lineage } from '../../src/model/entry.js';
import type { ReplicaId } from '../../src/model/version-vector.js';
import { batchesOf, TARGETS_BYTES_MAX, TARGETS_MAX } from '../../src/transfer/target-batches.js';
import { encodeDirectory } from '../../src/tree/directory-codec.js';
import { entry } from '../state/state-fixture.js';

function target(i: number, pairs: number, lineage: number, nameBytes: number): Entry {
  const vector = Array.from(
    { length: pairs },
    (_, k) => [`r${String(i).padStart(3, '0')}${String(k).padStart(4, '0')}` as ReplicaId, 2 ** 52 + i] as const,
  );
  return {
    ...entry(`${String(i).padStart(8, '0')}${'n'.repeat(nameBytes)}`, 'file', vector),
    size: Number.MAX_SAFE_INTEGER,
    lineage: Array.from({ length: lineage }, () => 'l'.repeat(16) as Lineage),
  };
}

test('batches hold all targets in order, and each of them fits what a receiver takes', () => {
  const shape = fc.tuple(fc.constantFrom(1, 3, 100, 2048), fc.constantFrom(0, 32), fc.constantFrom(0, 247));
  fc.assert(
    fc.property(fc.array(shape, { maxLength: 60 }), (shapes) => {
      const targets = shapes.map(([pairs, lineage, name], i) => target(i, pairs, lineage, name));
      const batches = [...batchesOf(targets)];
      expect(batches.flat()).toEqual(targets);
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(TARGETS_MAX);
        expect(encodeDirectory(batch, { local: false }).length).toBeLessThanOrEqual(TARGETS_BYTES_MAX);
      }
    }),
    { numRuns: 20 },
  );
});

test('a directory of a hundred thousand small targets is cut as well', () => {
  const targets = Array.from({ length: 100_000 }, (_, i) => entry(String(i).padStart(6, '0'), 'deleted'));
  const batches = [...batchesOf(targets)];
  expect(batches.flat()).toHaveLength(targets.length);
  expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(TARGETS_MAX);
});
