/** Histories that once broke a rule, made as small as they got. What each is about is its name. */
import { digestOf } from '../../src/model/digest.js';
import type { Name, RelPath } from '../../src/model/path.js';
import { conflictNames } from '../../src/plan/conflict-name.js';
import type { History, Meanwhile, RunStep, Step, UserStep } from './history.js';

/** Names of the conflict copy of `a.txt` with the content `p`. */
const [SHORT, LONGER] = conflictNames('a.txt' as Name, digestOf(Buffer.from('p'))) as [Name, Name];

export const KNOWN_HISTORIES: Readonly<Record<string, History>> = {
  'a deleted conflict copy that had superseded another file takes that along nowhere': history(4, [
    write(0, 'b/c'),
    write(0, 'd/a'),
    { op: 'link', at: 3, path: 'd' as RelPath, content: 'new' },
    run([0, 3, 2, 1], {
      faults: 610973,
      meanwhile: [here(5), elsewhere(6, write(2, 'd/a'))],
    }),
    write(0, 'd/e/x'),
    run([2, 3, 1, 0], { meanwhile: [here(7), elsewhere(0, write(1, 'b/c'))] }),
    run([2, 1], { meanwhile: [elsewhere(3, write(2, 'b'))] }),
    run([0, 2, 3, 1], { deletes: true, faults: 925668 }),
    { op: 'clear', at: 2 },
  ]),
  'what was deleted below a directory is no secret that comes out when the directory comes back': history(2, [
    write(1, 'd/e/x'),
    run([0, 1]),
    remove(0, 'd/e/x'),
    run([0, 1], { deletes: true }),
    write(0, 'd'),
    { op: 'lose-state', at: 1 },
  ]),
  'a file takes the place of a directory that is gone elsewhere, with a deleted one below it': history(2, [
    write(1, 'b', 'q'),
    { op: 'mkdir', at: 0, path: 'b/c' as RelPath },
    run([1, 0]),
    run([0, 1], { deletes: true, meanwhile: [elsewhere(0, { op: 'lose-state', at: 1 })] }),
    remove(0, 'b'),
    write(1, 'b'),
  ]),
  'a conflict copy goes with its directory, which comes back': history(2, [
    write(0, 'd/a'),
    write(1, 'd/a'),
    run([1, 0]),
    remove(0, 'd'),
    { op: 'ignore', at: 1, path: 'd' as RelPath },
    remove(1, 'd'),
    run([0, 1]),
    { op: 'mkdir', at: 1, path: 'd' as RelPath },
  ]),
  'a conflict copy is deleted, then its directory, and one who was away has both': history(3, [
    write(0, 'd/a'),
    write(1, 'd/a'),
    run([0, 1, 2]),
    { op: 'clear', at: 0 },
    run([0, 1]),
    remove(0, 'd'),
    run([0, 2]),
  ]),
  'a file is deleted, then its directory by hand, and one who was away has both': history(3, [
    write(0, 'd/e/x'),
    write(0, 'd/a'),
    run([0, 1, 2]),
    remove(0, 'd/e/x'),
    run([0, 1], { deletes: true }),
    remove(0, 'd'),
    run([0, 2], { deletes: false, conflict: 'fail' }),
    remove(2, 'b'),
    run([2, 0], { deletes: true }),
  ]),
  'two deleted the same conflict copy, and its content loses once more': history(6, [
    { op: 'link', at: 5, path: 'd/e/x' as RelPath, content: 'new' },
    run([0, 5, 4, 2, 3, 1], { deletes: true }),
    { op: 'link', at: 3, path: 'd/a' as RelPath, content: 'new' },
    run([1, 0, 4, 5, 2, 3], { deletes: true, dissent: 40, meanwhile: [here(3)] }),
    { op: 'ignore', at: 3, path: 'd/a' as RelPath },
    { op: 'clear', at: 5 },
    remove(1, 'b/c'),
    run([4, 5, 3, 0]),
    { op: 'clear', at: 3 },
    { op: 'touch', at: 2, path: 'b/c' as RelPath, mtime: 32 },
    write(4, 'd'),
  ]),
  'somebody keeps other content under the name of a conflict copy': history(6, [
    { op: 'mkdir', at: 2, path: 'd/e/x' as RelPath },
    write(3, 'b/c'),
    write(4, 'd'),
    run([0, 2, 3, 1], { deletes: true, faults: 778971 }),
    write(0, 'd'),
    run([1, 4, 0, 3, 5], { faults: 215713, meanwhile: [here(5)] }),
  ]),
  'what was deleted below a directory is not recorded where that directory cannot come': history(2, [
    write(1, 'd/e/x', 'q'),
    run([1, 0]),
    remove(1, 'd/e/x'),
    run([0, 1], { deletes: true }),
    write(0, 'd'),
    run([0, 1], { conflict: 'fail' }),
    { op: 'ignore', at: 1, path: 'd' as RelPath },
    run([0, 1]),
  ]),
  'a conflict copy loses its name and has another one, where somebody keeps other content that loses, too': history(2, [
    write(1, SHORT, 'p'),
    write(1, LONGER),
    write(0, SHORT),
    write(0, LONGER, 'p'),
  ]),
  'somebody exchanges two conflict copies, of which one is edited elsewhere by a machine that has lost its state':
    history(3, [
      write(2, 'a'),
      { op: 'chmod', at: 0, path: 'b' as RelPath, mode: 0o644 },
      { op: 'chmod', at: 0, path: 'b' as RelPath, mode: 0o644 },
      write(1, 'd/e'),
      write(1, 'a'),
      run([0, 1, 2], { meanwhile: [here(4), here(5)] }),
      run([0, 2, 1], { deletes: true }),
      { op: 'swap-copies', at: 0, nth: 7 },
      { op: 'edit-copy', at: 2, nth: 7 },
      { op: 'lose-state', at: 2 },
    ]),
};

function history(replicas: number, steps: readonly Step[]): History {
  return { replicas, skews: [], steps, end: 'plain', packed: false };
}

function write(at: number, path: string, content = 'new'): UserStep {
  return { op: 'write', at, path: path as RelPath, content };
}

function remove(at: number, path: string): UserStep {
  return { op: 'remove', at, path: path as RelPath };
}

function run(
  among: readonly number[],
  more: Partial<RunStep['policy']> & Partial<Omit<RunStep, 'policy' | 'among'>> = {},
): RunStep {
  const { deletes = false, conflict = 'keep-both', ...rest } = more;
  return { op: 'run', among, dissent: 0, faults: 0, meanwhile: [], policy: { deletes, conflict }, ...rest };
}

/** An edit of the very path that is about to be installed. */
function here(nth: number): Meanwhile {
  return { nth, here: true, step: write(0, 'a') };
}

function elsewhere(nth: number, step: UserStep): Meanwhile {
  return { nth, here: false, step };
}
