import { describe, expect, it } from 'vitest';
import { EXIT_MEANINGS, statusOfAll, statusOfError, statusOfSummary } from '../../src/cli/exit-status.js';
import type { PeerSummary, Summary } from '../../src/model/event.js';
import type { SyncErrorCode } from '../../src/model/sync-error.js';
import { someSummary } from '../report/some-events.js';

const PEER: PeerSummary = { name: 'nas', address: '127.0.0.1:22327', replica: '72', equal: true };

function status(
  summary: Partial<Summary>,
  more: { fatal?: number; dryRun?: boolean; failOnConflict?: boolean } = {},
): number {
  return statusOfSummary({
    summary: { ...someSummary(), peers: [PEER], converged: true, conflicts: 0, created: 0, updated: 0, ...summary },
    fatal: 0,
    dryRun: false,
    failOnConflict: false,
    ...more,
  });
}

describe('an error ends with', () => {
  const table: Readonly<Record<SyncErrorCode, number>> = {
    usage: 2,
    'not-joined': 20,
    'no-peers': 21,
    auth: 22,
    partial: 23,
    protocol: 23,
    closed: 23,
    changed: 23,
    path: 23,
    io: 23,
    conflicts: 26,
    locked: 27,
    version: 28,
    timeout: 30,
    interrupted: 130,
  };
  it.each(Object.entries(table))('%s: %d', (code, expected) => {
    expect(statusOfError(code as SyncErrorCode)).toBe(expected);
    expect(EXIT_MEANINGS.has(expected)).toBe(true);
  });
});

describe('a run that came to its end', () => {
  it('is 0 when all folders are equal, with conflict copies too', () => {
    expect(status({})).toBe(0);
    expect(status({ conflicts: 3 })).toBe(0);
  });

  it('is 23 after a fatal problem, a failed peer or trees that still differ', () => {
    expect(status({}, { fatal: 1 })).toBe(23);
    expect(status({ peers: [PEER, { ...PEER, error: 'gone' }] })).toBe(23);
    expect(status({ converged: false })).toBe(23);
  });

  it('is 26 for conflicts with --conflict fail', () => {
    expect(status({ conflicts: 1, converged: false }, { failOnConflict: true })).toBe(26);
  });

  it('is 1 for a check that found a difference, 23 when a peer failed on top', () => {
    expect(status({ command: 'check', converged: false })).toBe(1);
    expect(status({ command: 'check', converged: false }, { fatal: 1 })).toBe(23);
  });

  it('is 1 for a dry run that would change something, else 0', () => {
    expect(status({ created: 1 }, { dryRun: true })).toBe(1);
    expect(status({ converged: false }, { dryRun: true })).toBe(1);
    expect(status({}, { dryRun: true })).toBe(0);
  });

  it('is never 0 with zero peers', () => {
    for (const command of ['once', 'check'] as const) expect(status({ command, peers: [] })).toBe(21);
  });
});

it('of several folders, the first failure outweighs "differs", which outweighs success', () => {
  expect(statusOfAll([])).toBe(0);
  expect(statusOfAll([0, 0])).toBe(0);
  expect(statusOfAll([0, 1, 0])).toBe(1);
  expect(statusOfAll([1, 21, 23])).toBe(21);
});
