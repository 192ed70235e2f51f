import fs from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { digestOf, digestOfLink } from '../../src/model/digest.js';
import { isLive } from '../../src/model/entry.js';
import { joinPath, type RelPath } from '../../src/model/path.js';
import { covers } from '../../src/model/version-vector.js';
import { type Folder, makeFolder } from './scan-fixture.js';

const name = fc.constantFrom('a', 'b', 'd\xff');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const step = fc.oneof(
  fc.record({ op: fc.constant('write'), path, text: fc.constantFrom('', 'one', 'two', 'longer') }),
  fc.record({ op: fc.constant('remove'), path }),
  fc.record({ op: fc.constant('directory'), path }),
  fc.record({ op: fc.constant('link'), path, text: fc.constantFrom('a', 'b/c') }),
  fc.record({ op: fc.constant('rename'), path, to: path }),
  fc.record({ op: fc.constant('chmod'), path, mode: fc.constantFrom(0o600, 0o755) }),
);
type Step = { op: string; path: string; text?: string; to?: string; mode?: number };

it('after any changes the records are what the disk holds, and history only grows', { timeout: 60_000 }, async () => {
  const rounds = fc.array(fc.tuple(fc.array(step, { maxLength: 25 }), fc.boolean()), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(rounds, async (changes) => {
      const folder = makeFolder({}, fs.existsSync('/dev/shm') ? '/dev/shm' : undefined);
      let before = new Map<string, ReturnType<Folder['entry']>>();
      for (const [steps, deletes] of changes) {
        for (const change of steps) act(folder, change as Step);
        await folder.rescan(deletes);
        expect(liveRecords(folder, '' as RelPath)).toEqual(onDisk(folder, ''));
        const again = await folder.rescan(deletes);
        expect(again).toMatchObject({ changed: 0, missing: 0, hashedFiles: 0, problems: [] });
        const now = allRecords(folder, '' as RelPath);
        for (const [at, entry] of before) {
          const later = now.get(at);
          expect(later !== undefined && covers(later.vector, entry?.vector ?? []), at).toBe(true);
        }
        before = now;
        expect(folder.state.settle().entries).toBe(liveRecords(folder, '' as RelPath).length);
      }
    }),
    { numRuns: 40 },
  );
});

/** What cannot be done at that moment is not done. */
function act(folder: Folder, { op, path: where, text = '', to = '', mode = 0 }: Step): void {
  const at = folder.at(where);
  try {
    if (op === 'write') fs.writeFileSync(at, text);
    else if (op === 'remove') fs.rmSync(at, { recursive: true });
    else if (op === 'directory') fs.mkdirSync(at, { recursive: true });
    else if (op === 'link') fs.symlinkSync(text, at);
    else if (op === 'rename') fs.renameSync(at, folder.at(to));
    else fs.chmodSync(at, mode);
  } catch {}
}

function onDisk(folder: Folder, directory: string): string[] {
  const listed = fs.readdirSync(directory === '' ? folder.path : folder.at(directory), 'latin1').sort();
  return listed.flatMap((each) => {
    const below = directory === '' ? each : `${directory}/${each}`;
    const at = folder.at(below);
    const stats = fs.lstatSync(at);
    const mode = stats.mode & 0o777;
    if (stats.isDirectory()) return [`${below} directory ${mode} `, ...onDisk(folder, below)];
    if (stats.isSymbolicLink()) return [`${below} symlink 0 ${digestOfLink(fs.readlinkSync(at, 'latin1'))}`];
    return [`${below} file ${mode} ${digestOf(fs.readFileSync(at))}`];
  });
}

function liveRecords(folder: Folder, directory: RelPath): string[] {
  return (folder.state.directory(directory) ?? []).filter(isLive).flatMap(({ name: each, kind, mode, digest }) => {
    const below = joinPath(directory, each);
    return [`${below} ${kind} ${mode} ${digest}`, ...liveRecords(folder, below)];
  });
}

function allRecords(folder: Folder, directory: RelPath): Map<string, ReturnType<Folder['entry']>> {
  const all = new Map<string, ReturnType<Folder['entry']>>();
  for (const entry of folder.state.directory(directory) ?? []) {
    const below = joinPath(directory, entry.name);
    all.set(below, entry);
    for (const [at, each] of allRecords(folder, below)) all.set(at, each);
  }
  return all;
}
