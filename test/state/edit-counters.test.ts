import { describe, expect, it } from 'vitest';
import type { ReplicaId } from '../../src/model/version-vector.js';
import { A, B, entry, open, put, stateDirectory } from './state-fixture.js';

describe('counters', () => {
  it('are never given out twice', async () => {
    const directory = stateDirectory();
    const state = open(directory);
    expect([state.tick(), state.tick()]).toEqual([1, 2]);
    await state.close();
    expect(open(directory).tick()).toBe(3);
  });

  it('are remembered as the highest of every replica, over all that was ever stored', () => {
    const state = open(stateDirectory());
    put(
      state,
      '',
      entry('a', 'file', [
        [A, 5],
        [B, 2],
      ]),
      entry('c', 'file', [['xconflic' as ReplicaId, 1]]),
    );
    put(state, '', entry('a', 'file', [[A, 4]]), entry('b', 'file', [[B, 7]]));
    expect([...state.seen()]).toEqual([
      [A, 5],
      [B, 7],
    ]);
    state.tick();
    expect(state.seen().get(state.replica)).toBe(1);
  });

  it('jump over those that others have seen of this replica', () => {
    const state = open(stateDirectory());
    put(state, '', entry('a', 'file', [[state.replica, 41]]));
    expect(state.tick()).toBe(42);
  });

  it('start anew under a new id', () => {
    const state = open(stateDirectory());
    const old = state.replica;
    state.tick();
    const renewed = state.renew();
    expect(renewed).not.toBe(old);
    expect(renewed).toMatch(/^r.{7}$/s);
    expect(state.replica).toBe(renewed);
    expect(state.tick()).toBe(1);
  });
});

/** Counters and ids that a hostile member made up must not end this replica's own counting. */
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
