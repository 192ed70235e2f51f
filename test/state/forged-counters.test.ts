/** Counters and ids that a hostile member made up must not end this replica's own counting. */
import { describe, expect, it } from 'vitest';
import type { ReplicaId } from '../../src/model/version-vector.js';
import { entry, open, put, stateDirectory } from './state-fixture.js';

describe('a state that recorded forged edits', () => {
  it('counts on under a new id when its own counter was pushed to the end of exact numbers', () => {
    const state = open(stateDirectory());
    const old = state.replica;
    put(state, '', entry('forged', 'file', [[old, Number.MAX_SAFE_INTEGER]]));
    expect(state.tick()).toBe(1);
    expect(state.replica).not.toBe(old);
    expect(state.tick()).toBe(2);
    expect(Math.max(...state.seen().values())).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
  });

  it('remembers as many ids as a peer is told of, however many are made up', () => {
    const state = open(stateDirectory());
    for (let round = 0; round < 5; round++) {
      const ids = Array.from({ length: 2000 }, (_, i) => `r${String(round * 2000 + i).padStart(7, '0')}` as ReplicaId);
      put(
        state,
        '',
        entry(
          `made-up-${round}`,
          'file',
          ids.map((id) => [id, 1] as const),
        ),
      );
    }
    expect(state.seen().size).toBeLessThanOrEqual(4097);
  });
});
