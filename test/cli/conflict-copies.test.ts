import { expect, test } from 'vitest';
import { conflictCopiesIn } from '../../src/cli/conflict-copies.js';
import { digestOf, hexOf } from '../../src/model/digest.js';
import { type Name, type RelPath, ROOT } from '../../src/model/path.js';
import { entry } from '../state/state-fixture.js';

test('all conflict copies are found, also a quarter of a million in one directory', () => {
  const digest = digestOf(Buffer.from('loser'));
  const loser = { ...entry('loser'), digest };
  const copy = (name: string) => ({ ...loser, name: `${name}.conflict-${hexOf(digest).slice(0, 10)}` as Name });
  const wide = Array.from({ length: 250_000 }, (_, n) => copy(String(n)));
  const tree: Record<string, ReturnType<typeof entry>[]> = {
    '': [copy('top'), entry('wide', 'directory'), entry('x')],
    wide: [...wide, entry('no copy')],
  };
  const state = { directory: (path: RelPath) => tree[path] };
  const found = [...conflictCopiesIn(state, ROOT)];
  expect(found).toHaveLength(wide.length + 1);
  expect(found.slice(0, 2)).toEqual([copy('top').name, `wide/${copy('0').name}`]);
});
