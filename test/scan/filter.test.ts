import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RelPath } from '../../src/model/path.js';
import { createFilter } from '../../src/scan/filter.js';
import { codes, makeFolder, type Tree } from './scan-fixture.js';

const IGNORE = '.p2psyncignore';

async function taken(tree: Tree, options: { only?: string[]; exclude?: string[] } = {}): Promise<string[]> {
  const folder = makeFolder(tree);
  await folder.scan(options);
  return folder.recorded().map((line) => line.slice(0, line.lastIndexOf(' ')));
}

describe('ignore files', () => {
  it('leave out what they match, themselves excepted', async () => {
    const tree = {
      [IGNORE]: '*.log\n/build/\n#x\n',
      'a.log': '',
      b: '',
      build: { c: '' },
      d: { build: { e: '' }, 'f.log': '' },
    };
    expect(await taken(tree)).toEqual([IGNORE, 'b', 'd', 'd/build', 'd/build/e']);
  });

  it('take directories only for a pattern that ends in a slash', async () => {
    expect(await taken({ [IGNORE]: 'x/\n', x: '', d: { x: { y: '' } } })).toEqual([IGNORE, 'd', 'x']);
  });

  it('are overruled by those below, and by negation', async () => {
    const tree = {
      [IGNORE]: '*.log\n!keep.log\n',
      'a.log': '',
      'keep.log': '',
      d: { [IGNORE]: '!b.log\nkeep.log', 'b.log': '', 'c.log': '', 'keep.log': '' },
    };
    expect(await taken(tree)).toEqual([IGNORE, 'd', `d/${IGNORE}`, 'd/b.log', 'keep.log']);
  });

  it('cannot bring back what lies in an ignored directory', async () => {
    expect(await taken({ [IGNORE]: 'd/\n!d/keep\n', d: { keep: '', [IGNORE]: '!*' } })).toEqual([IGNORE]);
  });

  it('are relative to their directory, whatever its name is', async () => {
    const odd = 'a[b]*?!# \\x';
    const tree = {
      [odd]: {
        [IGNORE]: '/only-here\nsub/file\n',
        'only-here': '',
        d: { 'only-here': '' },
        sub: { file: '', other: '' },
      },
      'only-here': '',
    };
    expect(await taken(tree)).toEqual([
      odd,
      `${odd}/${IGNORE}`,
      `${odd}/d`,
      `${odd}/d/only-here`,
      `${odd}/sub`,
      `${odd}/sub/other`,
      'only-here',
    ]);
  });

  it('distinguish case', async () => {
    expect(await taken({ [IGNORE]: 'a\n', a: '', A: '' })).toEqual([IGNORE, 'A']);
  });

  it('that cannot be read stop their directory, and nothing is taken for deleted', async () => {
    const folder = makeFolder({ d: { x: '1', e: { y: '2' } }, z: '3' });
    await folder.rescan();
    folder.write({ d: { [IGNORE]: 'x'.repeat(1024 * 1024 + 1) } });
    fs.rmSync(folder.at('d/x'));
    const result = await folder.rescan(true);
    expect(codes(result)).toEqual(['unreadable d']);
    expect(result.complete).toBe(false);
    expect(folder.recorded()).toEqual(['d directory', 'd/e directory', 'd/e/y file', 'd/x file', 'z file']);
  });

  it('mean what git means', { timeout: 60_000 }, () => {
    if (spawnSync('git', ['--version']).status !== 0) return;
    const name = fc.constantFrom('a', 'b', 'c.log', 'd');
    const pattern = fc
      .tuple(
        fc.constantFrom('', '!', ''),
        fc.array(fc.constantFrom('a', 'b', '*', '*.log', 'd', '**', '?'), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', '/'),
        fc.constantFrom('', '/'),
      )
      .map(([not, parts, before, after]) => `${not}${before}${parts.join('/')}${after}`);
    const rules = fc.array(pattern, { maxLength: 3 }).map((lines) => lines.join('\n'));
    const property = fc.asyncProperty(
      rules,
      rules,
      fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 }),
      async (top, below, paths) => {
        const folder = makeFolder();
        for (const parts of paths) {
          try {
            fs.mkdirSync(folder.at(parts.slice(0, -1).join('/')), { recursive: true });
            fs.writeFileSync(folder.at(parts.join('/')), '');
          } catch {} // a file where a directory is wanted, or the other way round
        }
        for (const [directory, text] of [
          ['', top],
          ['a/', below],
        ]) {
          if (directory !== '' && !fs.statSync(folder.at('a'), { throwIfNoEntry: false })?.isDirectory()) continue;
          fs.writeFileSync(folder.at(`${directory}${IGNORE}`), text as string);
          fs.writeFileSync(folder.at(`${directory}.gitignore`), text as string);
        }
        await folder.scan();
        execFileSync('git', ['init', '-q'], { cwd: folder.path });
        const listed = execFileSync('git', ['ls-files', '-z', '--others', '--exclude-standard'], {
          cwd: folder.path,
          encoding: 'utf8',
        });
        const git = listed
          .split('\0')
          .filter((path) => path !== '')
          .sort();
        const ours = folder
          .recorded()
          .filter((line) => line.endsWith(' file'))
          .map((line) => line.slice(0, -5));
        expect(ours.filter((path) => !path.startsWith('.git/')).sort()).toEqual(git);
      },
    );
    return fc.assert(property, { numRuns: 30 });
  });
});

describe('an ignore rule that is new', () => {
  it('withdraws what was recorded, deletes nothing, and brings it back when it goes', async () => {
    const folder = makeFolder({ a: '1', d: { x: '2' }, k: '3' });
    await folder.rescan();
    const before = folder.entry('d/x');
    folder.write({ [IGNORE]: 'a\nd\n' });
    fs.rmSync(folder.at('a'));
    await folder.rescan(true);
    expect(folder.recorded()).toEqual([`${IGNORE} file`, 'a absent', 'd absent', 'd/x absent', 'k file']);
    expect(folder.entry('d/x')?.vector).toEqual(before?.vector);
    fs.rmSync(folder.at(IGNORE));
    await folder.rescan(true);
    expect(folder.recorded()).toEqual([`${IGNORE} deleted`, 'a absent', 'd directory', 'd/x file', 'k file']);
  });
});

describe('--exclude and --only', () => {
  it('hide paths', async () => {
    const tree = { 'a.jpg': '', 'b.txt': '', d: { 'c.jpg': '', e: { 'f.txt': '' } } };
    expect(await taken(tree, { exclude: ['*.txt', '/d/e'] })).toEqual(['a.jpg', 'd', 'd/c.jpg']);
    expect(await taken(tree, { only: ['**/*.jpg'] })).toEqual(['a.jpg', 'd', 'd/c.jpg', 'd/e']);
    expect(await taken(tree, { only: ['d'], exclude: ['*.jpg'] })).toEqual(['d', 'd/e', 'd/e/f.txt']);
  });

  it('leave the records of what they hide as they are', async () => {
    const folder = makeFolder({ 'a.jpg': '1', 'b.txt': '2', d: { x: '3' } });
    await folder.rescan();
    const before = folder.recorded();
    folder.write({ 'b.txt': 'edited' });
    fs.rmSync(folder.at('d'), { recursive: true });
    const version = folder.entry('b.txt');
    const result = await folder.scan({ exclude: ['*.txt', 'd'] });
    expect(result).toMatchObject({ missing: 0, changed: 0 });
    expect(await folder.scan({ only: ['*.jpg'] })).toMatchObject({ missing: 0, changed: 0 });
    expect(folder.recorded()).toEqual(before);
    expect(folder.entry('b.txt')).toEqual(version);
  });
});

describe('hides', () => {
  it('answers for single paths as the scan does', async () => {
    const folder = makeFolder({ [IGNORE]: '*.log\nbuild/\n', d: { [IGNORE]: '!x.log' } });
    const filter = createFilter({ root: folder.root, only: ['d/**', 'build'], exclude: ['secret'] });
    const hides = (path: string, kind: 'file' | 'directory' = 'file'): boolean => filter.hides(path as RelPath, kind);
    expect(hides('', 'directory')).toBe(false);
    expect(hides('d', 'directory')).toBe(false);
    expect(hides('d/a')).toBe(false);
    expect(hides('d/x.log')).toBe(false);
    expect(hides('d/y.log')).toBe(true);
    expect(hides('d/new/deep/y.log')).toBe(true);
    expect(hides('build', 'directory')).toBe(true);
    expect(hides('build')).toBe(false);
    expect(hides('d/build/x')).toBe(true);
    expect(hides('d/secret/x')).toBe(true);
    expect(hides('other')).toBe(true);
    expect(filter.isIgnored('other' as RelPath, 'file')).toBe(false);
  });

  it('goes by the rules that the last scan read', async () => {
    const folder = makeFolder({ d: { a: '' } });
    const filter = createFilter({ root: folder.root });
    expect(filter.hides('d/a' as RelPath, 'file')).toBe(false);
    folder.write({ d: { [IGNORE]: 'a' } });
    await folder.scan({ filter });
    expect(filter.hides('d/a' as RelPath, 'file')).toBe(true);
  });
});
