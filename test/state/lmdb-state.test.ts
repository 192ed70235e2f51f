import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/model/digest.js';
import { stateFile } from '../../src/state/state-file.js';
import { EMPTY_TREE } from '../../src/tree/summarize.js';
import { A, at, entry, named, open, put, stateDirectory } from './state-fixture.js';

describe('directories', () => {
  it('come back as they were stored, after a reopen too', async () => {
    const directory = stateDirectory();
    const state = open(directory);
    const stored = [entry('a'), entry('b\xff', 'symlink'), entry('gone', 'absent'), entry('old', 'deleted')];
    put(state, '', ...stored);
    expect(state.directory(at(''))).toEqual(stored);
    const { replica, origin } = state;
    expect(origin).toBe('created');
    await state.close();
    const again = open(directory);
    expect(again.origin).toBe('found');
    expect(again.replica).toBe(replica);
    expect(again.directory(at(''))).toEqual(stored);
    expect(again.directory(at('nothing'))).toBeUndefined();
  });

  it('are found under paths longer than any key', () => {
    const state = open(stateDirectory());
    const long = Array.from({ length: 16 }, (_, i) => `${i}`.padEnd(250, 'x')).join('/');
    expect(long.length).toBeGreaterThan(4000);
    put(state, long, entry('deep'));
    put(state, long.slice(0, -1), entry('other'));
    expect(named(state.directory(at(long)))).toEqual(['deep']);
    expect(named(state.directory(at(long.slice(0, -1))))).toEqual(['other']);
  });

  it('are edited from what is stored at that moment, in one transaction', () => {
    const state = open(stateDirectory());
    put(state, '', entry('a'));
    state.update([
      { path: at(''), edit: (current) => [...(current ?? []), entry('b')] },
      { path: at(''), edit: (current) => [...(current ?? []), entry('c')] },
      { path: at('d'), edit: (current) => (current === undefined ? [entry('x')] : current) },
    ]);
    expect(named(state.directory(at('')))).toEqual(['a', 'b', 'c']);
    expect(named(state.directory(at('d')))).toEqual(['x']);
  });

  it('stay as they were when an edit throws', () => {
    const state = open(stateDirectory());
    put(state, '', entry('a'));
    const failing = [
      { path: at(''), edit: () => [entry('b')] },
      {
        path: at('d'),
        edit: () => {
          throw new Error('no');
        },
      },
    ];
    expect(() => state.update(failing)).toThrow('no');
    expect(named(state.directory(at('')))).toEqual(['a']);
    put(state, '', entry('c'));
    expect(named(state.directory(at('')))).toEqual(['c']);
  });

  it('are removed by an edit to undefined', () => {
    const state = open(stateDirectory());
    put(state, 'd', entry('a'));
    state.update([{ path: at('d'), edit: () => undefined }]);
    expect(state.directory(at('d'))).toBeUndefined();
  });

  it('are not written by an edit that changes nothing', () => {
    const directory = stateDirectory();
    const state = open(directory);
    put(state, '', entry('a'));
    state.settle();
    const before = fs.readFileSync(path.join(directory, 'state.mdb'));
    state.update([{ path: at(''), edit: (current) => current }]);
    expect(fs.readFileSync(path.join(directory, 'state.mdb')).equals(before)).toBe(true);
    put(state, '', entry('a'));
    expect(state.directory(at(''))).toEqual([entry('a')]);
  });
});

describe('summaries', () => {
  it('are open up to the root after an edit, and computed bottom up by settle', () => {
    const state = open(stateDirectory());
    put(state, '', entry('d', 'directory'), entry('f'));
    put(state, 'd', entry('e', 'directory'));
    put(state, 'd/e', entry('x', 'file', [[A, 1]], 'four'));
    expect(named(state.directory(at('')))).toEqual(['d?', 'f']);
    const first = state.settle();
    expect(named(state.directory(at('')))).toEqual(['d!', 'f']);
    expect(named(state.directory(at('d')))).toEqual(['e!']);
    expect(first).toMatchObject({ entries: 4, bytes: 5 });
    expect(state.settle()).toEqual(first);

    put(state, 'd/e', entry('x', 'file', [[A, 2]], 'other'));
    expect(named(state.directory(at('')))).toEqual(['d?', 'f']);
    const second = state.settle();
    expect(second.full).not.toBe(first.full);
    put(state, 'd/e', entry('x', 'file', [[A, 1]], 'four'));
    expect(state.settle()).toEqual(first);
  });

  it('come to the same whatever the order in which directories are stored', () => {
    const one = open(stateDirectory());
    put(one, '', entry('d', 'directory'));
    put(one, 'd', entry('e', 'directory'));
    put(one, 'd/e', entry('x'));
    const two = open(stateDirectory());
    put(two, 'd/e', entry('x'));
    two.settle();
    put(two, 'd', entry('e', 'directory'));
    put(two, '', entry('d', 'directory'));
    expect(two.settle()).toEqual(one.settle());
  });

  it('belong to the state: an edit cannot bring its own', () => {
    const state = open(stateDirectory());
    put(state, '', { ...entry('d', 'directory'), tree: { ...EMPTY_TREE, entries: 7 } });
    put(state, 'd', entry('x'));
    expect(state.settle().entries).toBe(2);
    const forged = { ...entry('d', 'directory'), tree: EMPTY_TREE };
    put(state, '', forged);
    expect(state.settle().entries).toBe(2);
    put(state, '', entry('d', 'directory'));
    expect(state.settle().entries).toBe(2);
  });

  it('cover tombstones below a name that is no directory any more', () => {
    const state = open(stateDirectory());
    put(state, '', entry('d', 'directory'));
    put(state, 'd', entry('x'));
    state.settle();
    put(state, '', entry('d', 'file'));
    put(state, 'd', entry('x', 'deleted', [[A, 2]]));
    const withTombstone = state.settle();
    expect(named(state.directory(at('')))).toEqual(['d!']);

    put(state, 'd', entry('x', 'absent', [[A, 2]]));
    const without = state.settle();
    expect(named(state.directory(at('')))).toEqual(['d']);
    expect(without.full).not.toBe(withTombstone.full);
    expect(without.view).toBe(withTombstone.view);
    const fresh = open(stateDirectory());
    put(fresh, '', entry('d', 'file'));
    expect(fresh.settle()).toEqual(without);
  });

  it('find tombstones that were stored before the name above them', () => {
    const state = open(stateDirectory());
    put(state, 'd', entry('x', 'deleted'));
    put(state, '', entry('d', 'deleted'));
    state.settle();
    expect(named(state.directory(at('')))).toEqual(['d!']);
  });
});

describe('signatures', () => {
  const digest = (n: number): Digest => `${n}`.padStart(32, '0') as Digest;

  it('come back, at once and after a reopen', async () => {
    const directory = stateDirectory();
    const state = open(directory);
    state.putSignature(digest(1), Buffer.from('one'));
    expect(Buffer.from(state.signature(digest(1)) ?? []).toString()).toBe('one');
    expect(state.signature(digest(2))).toBeUndefined();
    await state.close();
    expect(Buffer.from(open(directory).signature(digest(1)) ?? []).toString()).toBe('one');
  });

  it('are dropped oldest first above the limit', () => {
    const state = open(stateDirectory(), { signaturesMax: 10_000 });
    for (let n = 0; n < 20; n++) {
      state.putSignature(digest(n), Buffer.alloc(992, n)); // and 8 bytes of its own
      if (n === 15) state.putSignature(digest(0), Buffer.alloc(992, 99)); // written again: youngest
      state.update([]);
    }
    const kept = Array.from({ length: 20 }, (_, n) => n).filter((n) => state.signature(digest(n)) !== undefined);
    expect(kept).toEqual([0, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });
});

describe('small values', () => {
  it('are peers and notes', () => {
    const state = open(stateDirectory());
    expect(state.peers()).toEqual([]);
    const peers = [{ host: '10.0.0.2', port: 22327, name: 'nas', lastSeen: 5 }];
    state.rememberPeers(peers);
    expect(state.peers()).toEqual(peers);
    expect(state.note('last')).toBeUndefined();
    state.putNote('last', { ok: true });
    expect(state.note('last')).toEqual({ ok: true });
    state.putNote('last', undefined);
    expect(state.note('last')).toBeUndefined();
  });

  it('of the kind that may be lost do not touch the database, whose writes wait for the disk', () => {
    const directory = stateDirectory();
    const state = open(directory);
    const before = fs.readFileSync(stateFile(directory));
    state.putNote('last', { ok: true });
    expect(fs.readFileSync(stateFile(directory)).equals(before)).toBe(true);
    expect(open(directory).note('last')).toEqual({ ok: true });
    fs.writeFileSync(path.join(directory, 'last.json'), '{"ok":');
    expect(state.note('last')).toBeUndefined();
  });
});
