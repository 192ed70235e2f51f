import { expect, it } from 'vitest';
import { addRun, rememberedRuns } from '../../src/converge/run-history.js';
import { someSummary } from '../report/some-events.js';

function notes(first?: unknown) {
  let note: unknown = first;
  return {
    note: () => note,
    putNote: (_: string, value: unknown) => {
      note = JSON.parse(JSON.stringify(value));
    },
    bytes: () => JSON.stringify(note).length,
  };
}

it('keeps the last runs, oldest first, and not more than a day of them', () => {
  const state = notes();
  for (let i = 1; i <= 200; i++) addRun(state, { ...someSummary(), created: i }, i * 1000);
  const runs = rememberedRuns(state);
  expect(runs).toHaveLength(96);
  expect(runs.map(({ created }) => created)).toEqual(Array.from({ length: 96 }, (_, i) => 105 + i));
  expect(runs.at(-1)).toMatchObject({
    time: 200_000,
    peers: 2,
    converged: true,
    matchedBytes: someSummary().matchedBytes,
  });
  expect(state.bytes()).toBeLessThan(32 * 1024);
});

it('takes nothing for granted of what it finds', () => {
  for (const broken of [undefined, null, 'runs', {}, [null, 1, {}, { time: 1, converged: true, peers: 1 }]]) {
    expect(rememberedRuns(notes(broken))).toEqual([]);
  }
  const state = notes([{ time: 'yesterday' }]);
  addRun(state, someSummary(), 1);
  expect(rememberedRuns(state)).toHaveLength(1);
});
