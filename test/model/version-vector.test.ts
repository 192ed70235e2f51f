import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  advance,
  compareVectors,
  counterOf,
  covers,
  joinVectors,
  type ReplicaId,
  type VersionVector,
} from '../../src/model/version-vector.js';

const IDS = ['rA', 'rB', 'rC', 'x1', 'z0'] as ReplicaId[];
const vectors: fc.Arbitrary<VersionVector> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...IDS), fc.integer({ min: 1, max: 4 })), { selector: ([id]) => id })
  .map((pairs) => pairs.sort(([a], [b]) => (a < b ? -1 : 1)));

test('the order of vectors is that of their counters', () => {
  fc.assert(
    fc.property(vectors, vectors, (a, b) => {
      const less = IDS.some((id) => counterOf(a, id) < counterOf(b, id));
      const more = IDS.some((id) => counterOf(a, id) > counterOf(b, id));
      expect(compareVectors(a, b)).toBe(less ? (more ? 'concurrent' : 'before') : more ? 'after' : 'equal');
      expect(covers(a, b)).toBe(!less);
    }),
  );
});

test('the join has the higher counter of each replica, sorted, whatever the order', () => {
  fc.assert(
    fc.property(vectors, vectors, vectors, (a, b, c) => {
      const join = joinVectors(a, b);
      for (const id of IDS) expect(counterOf(join, id)).toBe(Math.max(counterOf(a, id), counterOf(b, id)));
      expect(join.map(([id]) => id)).toEqual([...join.map(([id]) => id)].sort());
      expect(joinVectors(b, a)).toEqual(join);
      expect(joinVectors(joinVectors(a, b), c)).toEqual(joinVectors(a, joinVectors(b, c)));
      expect(joinVectors(a, a)).toEqual(a);
    }),
  );
});

test('an edit comes after everything it was made on', () => {
  fc.assert(
    fc.property(vectors, fc.constantFrom(...IDS), (vector, id) => {
      const edited = advance(vector, id, counterOf(vector, id) + 1);
      expect(compareVectors(edited, vector)).toBe('after');
      expect(edited.map(([key]) => key)).toEqual([...edited.map(([key]) => key)].sort());
    }),
  );
});
