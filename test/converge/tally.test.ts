import { expect, it } from 'vitest';
import { Tally } from '../../src/converge/tally.js';
import type { SyncEvent } from '../../src/model/event.js';
import type { RelPath } from '../../src/model/path.js';

const copied = (path: string, peer: string): SyncEvent => ({
  type: 'change',
  path: path as RelPath,
  action: 'conflict',
  peer,
  bytes: 3,
  literalBytes: 3,
  matchedBytes: 0,
  reusedBytes: 0,
});

it('a conflict counts once, however many replicas get its copy; the copy of an earlier one is a new file', () => {
  const tally = new Tally(() => {});
  tally.emit({ type: 'conflict', path: 'a' as RelPath, copy: 'a.conflict-0123456789' as RelPath });
  for (const peer of ['nas', 'server']) tally.emit(copied('a.conflict-0123456789', peer));
  expect(tally.figures).toMatchObject({ conflicts: 1, created: 0, literalBytes: 6 });
  for (const peer of ['nas', 'server']) tally.emit(copied('b.conflict-9876543210', peer));
  expect(tally.figures).toMatchObject({ conflicts: 1, created: 2, literalBytes: 12 });
});
