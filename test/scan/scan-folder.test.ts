import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SIGNATURE_MIN } from '../../src/delta/content-hash.js';
import { digestOf, digestOfLink } from '../../src/model/digest.js';
import type { RelPath } from '../../src/model/path.js';
import { compareVectors } from '../../src/model/version-vector.js';
import { hashFile } from '../../src/scan/hash-file.js';
import { codes, makeFolder } from './scan-fixture.js';

describe('a first scan', () => {
  it('records every file, directory and symlink with one edit counter', async () => {
    const folder = makeFolder({ a: 'one', d: { b: 'two', e: {} }, '.p2psync': { marker: 'x' } });
    fs.symlinkSync('d/b', folder.at('link'));
    fs.chmodSync(folder.at('a'), 0o4751);
    const result = await folder.scan();
    expect(folder.recorded()).toEqual(['a file', 'd directory', 'd/b file', 'd/e directory', 'link symlink']);
    expect(result).toMatchObject({ files: 2, directories: 2, symlinks: 1, bytes: 6, hashedFiles: 2, hashedBytes: 6 });
    expect(result).toMatchObject({ changed: 5, missing: 0, problems: [], complete: true });
    expect(folder.entry('a')).toMatchObject({ size: 3, mode: 0o751, digest: digestOf(Buffer.from('one')) });
    expect(folder.entry('link')).toMatchObject({ size: 3, mode: 0, digest: digestOfLink('d/b') });
    const vector = [[folder.state.replica, 1]];
    for (const path of ['a', 'd', 'd/b', 'd/e', 'link']) expect(folder.entry(path)?.vector).toEqual(vector);
    expect(folder.state.settle()).toMatchObject({ entries: 5, bytes: 6 });
  });

  it('takes names as bytes', async () => {
    const odd = [
      '\xff\xfe',
      'new\nline',
      '\xc3\xa4',
      'e\xcc\x81',
      ' ',
      '-rf',
      '\x1b[31m',
      'x'.repeat(255),
      '__proto__',
    ];
    const folder = makeFolder();
    for (const name of odd) {
      fs.mkdirSync(folder.at(name));
      for (const file of odd) fs.writeFileSync(folder.at(`${name}/${file}`), file);
    }
    const first = await folder.scan();
    expect(first.files).toBe(81);
    expect(folder.recorded().filter((line) => line.endsWith('file')).length).toBe(81);
    for (const name of odd) expect(folder.entry(`\xff\xfe/${name}`)?.digest).toBe(digestOf(Buffer.from(name)));
    expect(await folder.scan()).toMatchObject({ files: 81, hashedFiles: 0, changed: 0 });
  });

  it('goes a hundred directories deep', async () => {
    const folder = makeFolder();
    const deep = Array.from({ length: 100 }, (_, i) => `d${i}`).join('/');
    fs.mkdirSync(folder.at(deep), { recursive: true });
    fs.writeFileSync(folder.at(`${deep}/f`), 'deep');
    expect(await folder.scan()).toMatchObject({ files: 1, directories: 100, complete: true });
    expect(folder.entry(`${deep}/f`)?.size).toBe(4);
    expect(await folder.scan()).toMatchObject({ files: 1, directories: 100, changed: 0, hashedFiles: 0 });
  });

  it('reports what is too deep or reserved, and goes on', async () => {
    const folder = makeFolder({ a: '1', d: { '.p2psync': {}, '.P2PSYNC': 'x', b: '2' } });
    const deep = Array.from({ length: 130 }, () => 'x').join('/');
    fs.mkdirSync(folder.at(deep), { recursive: true });
    const result = await folder.scan();
    const tooDeep = deep.slice(0, 2 * 129 - 1);
    expect(codes(result)).toEqual(['name d/.P2PSYNC', 'name d/.p2psync', `name ${tooDeep}`]);
    expect(result.files).toBe(2);
    expect(folder.recorded()).toContain('d/b file');
  });

  it('manages 20,000 files in one directory', async () => {
    const folder = makeFolder({}, '/dev/shm');
    for (let i = 0; i < 20_000; i++) fs.writeFileSync(`${folder.path}/file-${i}`, '');
    expect(await folder.scan()).toMatchObject({ files: 20_000, changed: 20_000 });
    expect(await folder.scan()).toMatchObject({ files: 20_000, changed: 0, hashedFiles: 0 });
  });

  it('makes signatures of larger files in the same pass', async () => {
    const large = Buffer.alloc(3_000_000, 'large');
    const folder = makeFolder({
      small: 'x',
      large,
      edge: Buffer.alloc(SIGNATURE_MIN),
      below: Buffer.alloc(SIGNATURE_MIN - 1),
    });
    await folder.scan();
    expect(folder.entry('large')?.digest).toBe(digestOf(large));
    for (const [name, has] of Object.entries({ small: false, below: false, edge: true, large: true })) {
      const digest = folder.entry(name)?.digest;
      expect(digest !== undefined && folder.state.signature(digest) !== undefined, name).toBe(has);
    }
  });

  it('keeps mtimes to the microsecond, before 1970 too', async () => {
    const folder = makeFolder({ a: '1', b: '2' });
    execFileSync('touch', ['-d', '@1700000000.123456789', folder.at('a').toString()]);
    execFileSync('touch', ['-d', '@-5.25', folder.at('b').toString()]);
    await folder.scan();
    expect(folder.entry('a')?.mtime).toBe(1_700_000_000_123_456);
    expect(folder.entry('b')?.mtime).toBe(-5_250_000);
    expect(await folder.scan()).toMatchObject({ changed: 0, hashedFiles: 0 });
  });
});

describe('a second scan', () => {
  it('opens no file, takes no counter and writes nothing', async () => {
    const folder = makeFolder({ a: 'one', d: { b: 'two' } });
    fs.symlinkSync('a', folder.at('l'));
    await folder.scan();
    folder.state.settle();
    const update = vi.spyOn(folder.state, 'update');
    const tick = vi.spyOn(folder.state, 'tick');
    const open = vi.fn(hashFile);
    const result = await folder.scan({ hashFile: open });
    expect(result).toMatchObject({ files: 2, directories: 1, symlinks: 1, bytes: 6, hashedFiles: 0, changed: 0 });
    expect(open).not.toHaveBeenCalled();
    expect(update).not.toHaveBeenCalled();
    expect(tick).not.toHaveBeenCalled();
  });

  it('finds an edit that keeps size and mtime', async () => {
    const folder = makeFolder({ a: 'one' });
    await folder.scan();
    const { mtime } = fs.statSync(folder.at('a'));
    fs.writeFileSync(folder.at('a'), 'two');
    fs.utimesSync(folder.at('a'), mtime, mtime);
    expect(await folder.scan()).toMatchObject({ changed: 1, hashedFiles: 1 });
    expect(folder.entry('a')?.digest).toBe(digestOf(Buffer.from('two')));
  });

  it('finds an edit within the tick of the last one', async () => {
    for (let round = 0; round < 20; round++) {
      const folder = makeFolder({ a: 'one' });
      let edited = false;
      // As soon as the content was read, it is changed: same size, and often the same tick.
      await folder.scan({
        hashFile: async (...args) => {
          const content = await hashFile(...args);
          if (!edited) fs.writeFileSync(folder.at('a'), 'two');
          edited = true;
          return content;
        },
      });
      await folder.scan();
      expect(folder.entry('a')?.digest).toBe(digestOf(Buffer.from('two')));
    }
  });

  it('reads a young file only after its tick, whatever the clock says', async () => {
    const folder = makeFolder({ a: 'one' });
    const written = Date.now();
    let read = 0;
    const hash: typeof hashFile = async (...args) => {
      read = Date.now();
      return hashFile(...args);
    };
    await folder.scan({ hashFile: hash });
    expect(read - written).toBeGreaterThanOrEqual(24);
    fs.writeFileSync(folder.at('a'), 'two');
    const again = Date.now();
    await folder.scan({ hashFile: hash, now: () => Date.now() - 3_600_000 });
    expect(read - again).toBeGreaterThanOrEqual(24);
    expect(folder.entry('a')?.digest).toBe(digestOf(Buffer.from('two')));
  });

  it('advances only the version for touch and chmod', async () => {
    const folder = makeFolder({ a: 'one', d: {} });
    await folder.scan();
    const before = folder.entry('a');
    fs.utimesSync(folder.at('a'), 1000, 1000);
    fs.chmodSync(folder.at('d'), 0o700);
    expect(await folder.scan()).toMatchObject({ changed: 2 });
    const touched = folder.entry('a');
    expect(touched).toMatchObject({ digest: before?.digest, mtime: 1_000_000_000, lineage: [] });
    expect(compareVectors(touched?.vector ?? [], before?.vector ?? [])).toBe('after');
    fs.chmodSync(folder.at('a'), 0o600);
    await folder.scan();
    expect(folder.entry('a')).toMatchObject({ digest: before?.digest, mode: 0o600, lineage: [] });
    expect(folder.entry('d')).toMatchObject({ mode: 0o700 });
  });

  it('makes no version when only the inode changed', async () => {
    const folder = makeFolder({ a: 'one' });
    await folder.scan();
    const before = folder.entry('a');
    fs.chmodSync(folder.at('a'), 0o600);
    fs.chmodSync(folder.at('a'), before?.mode ?? 0);
    expect(await folder.scan()).toMatchObject({ changed: 0, hashedFiles: 1 });
    expect(folder.entry('a')?.vector).toEqual(before?.vector);
    expect(await folder.scan()).toMatchObject({ changed: 0, hashedFiles: 0 });
  });

  it('does not read files whose device got another number', async () => {
    const folder = makeFolder({ a: 'one' });
    await folder.scan();
    const edit = (entries: ReturnType<typeof folder.state.directory>) =>
      entries?.map((entry) => ({ ...entry, stat: { ...entry.stat!, dev: 99 } }));
    folder.state.update([{ path: '' as RelPath, edit }]);
    expect(await folder.scan()).toMatchObject({ files: 1, changed: 0, hashedFiles: 0 });
    expect(folder.entry('a')?.stat?.dev).toBe(fs.statSync(folder.at('a')).dev);
  });

  it('follows changes of type, and knows that what was below is gone', async () => {
    const folder = makeFolder({ a: 'one', d: { x: '1', e: { y: '2' } } });
    await folder.scan();
    fs.rmSync(folder.at('d'), { recursive: true });
    fs.rmSync(folder.at('a'));
    folder.write({ a: { inside: '3' }, d: 'file now' });
    const result = await folder.rescan();
    expect(result).toMatchObject({ files: 2, directories: 1, missing: 0 });
    expect(folder.recorded()).toEqual([
      'a directory',
      'a/inside file',
      'd file',
      'd/e absent',
      'd/e/y absent',
      'd/x absent',
    ]);
    fs.rmSync(folder.at('a'), { recursive: true });
    fs.symlinkSync('d', folder.at('a'));
    await folder.rescan(true);
    expect(folder.recorded()).toContain('a symlink');
    expect(folder.recorded()).toContain('a/inside deleted');
  });
});

describe('what is not synchronised', () => {
  it('is reported: FIFOs, sockets and hard links', async () => {
    const folder = makeFolder({ a: 'one', b: 'two' });
    execFileSync('mkfifo', [folder.at('pipe').toString()]);
    const server = net.createServer().listen(folder.at('socket').toString());
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    fs.linkSync(folder.at('a'), folder.at('c'));
    const expected = ['hard-link a', 'hard-link c', 'special pipe', 'special socket'];
    const result = await folder.scan();
    expect(codes(result)).toEqual(expected);
    expect(result.problems.every(({ fatal }) => !fatal)).toBe(true);
    expect(result).toMatchObject({ files: 3, complete: true });
    expect(codes(await folder.scan())).toEqual(expected);
  });

  it('is every symlink that is absolute or could leave the folder', async () => {
    const folder = makeFolder({ d: { f: 'x' } });
    const links = { absolute: '/etc/passwd', up: '..', 'd/up': '../..', 'd/through': 'x/../../..', 'd/out': '../../y' };
    const inside = {
      here: '.',
      file: 'd/f',
      dangling: 'nothing',
      'd/root': '..',
      'd/side': '../d/./f',
      'd/gone': '../q',
    };
    for (const [name, target] of Object.entries({ ...links, ...inside })) fs.symlinkSync(target, folder.at(name));
    const result = await folder.scan();
    expect(codes(result)).toEqual(
      Object.keys(links)
        .map((name) => `unsafe-link ${name}`)
        .sort(),
    );
    expect(result.symlinks).toBe(6);
    // One that was turned to the outside is withdrawn, not deleted.
    fs.rmSync(folder.at('file'));
    fs.symlinkSync('/etc/passwd', folder.at('file'));
    await folder.rescan(true);
    expect(folder.entry('file')?.kind).toBe('absent');
  });

  it('is withdrawn without a claim when a FIFO takes its place', async () => {
    const folder = makeFolder({ a: 'one', d: { x: '1' } });
    await folder.scan();
    fs.rmSync(folder.at('a'));
    fs.rmSync(folder.at('d'), { recursive: true });
    execFileSync('mkfifo', [folder.at('a').toString(), folder.at('d').toString()]);
    const result = await folder.rescan(true);
    expect(result.missing).toBe(0);
    expect(folder.recorded()).toEqual(['a absent', 'd absent', 'd/x absent']);
  });
});

describe('a folder that changes while it is scanned', () => {
  it('loses a file without a problem', async () => {
    const folder = makeFolder({ a: 'one', b: 'two' });
    await folder.scan();
    folder.write({ a: 'changed', b: 'changed', c: 'new' });
    const result = await folder.scan({
      hashFile: async (...args) => {
        fs.rmSync(folder.at('b'), { force: true });
        fs.rmSync(folder.at('c'), { force: true });
        return hashFile(...args);
      },
    });
    expect(result).toMatchObject({ files: 1, missing: 1, problems: [], complete: true });
  });

  it('reports a file that changes at each read, and keeps what was recorded', async () => {
    const folder = makeFolder({ a: 'one', b: 'same' });
    await folder.scan();
    const before = folder.entry('a');
    folder.write({ a: 'other' });
    let n = 0;
    const result = await folder.scan({
      hashFile: async (...args) => {
        const content = await hashFile(...args);
        fs.appendFileSync(folder.at('a'), `${n++}`);
        return content?.digest === '' ? content : undefined;
      },
    });
    expect(codes(result)).toEqual(['changed a']);
    expect(result).toMatchObject({ complete: true, changed: 0 });
    expect(folder.entry('a')).toEqual(before);
    expect(await folder.scan()).toMatchObject({ changed: 1, problems: [] });
  });

  it('takes a large file that changed once while it was read', async () => {
    const folder = makeFolder({ a: Buffer.alloc(200_000, 'a') });
    let n = 0;
    const result = await folder.scan({
      hashFile: async (root, path, seen, pace) => {
        if (n++ === 0) fs.appendFileSync(folder.at('a'), 'more');
        return hashFile(root, path, seen, pace);
      },
    });
    expect(result).toMatchObject({ changed: 1, problems: [], bytes: 200_004 });
    expect(folder.entry('a')?.digest).toBe(digestOf(fs.readFileSync(folder.at('a'))));
  });

  it('is not read through a symlink that takes a directory’s place', async () => {
    const folder = makeFolder({ d: { x: 'inside' } });
    fs.mkdirSync(`${folder.path}/../outside`);
    fs.writeFileSync(`${folder.path}/../outside/x`, 'secret');
    await folder.scan();
    folder.write({ a: 'new', d: { x: 'edited' } });
    const result = await folder.scan({
      hashFile: async (...args) => {
        if (fs.lstatSync(folder.at('d')).isDirectory()) {
          fs.renameSync(folder.at('d'), folder.at('e'));
          fs.symlinkSync('../outside', folder.at('d'));
        }
        return hashFile(...args);
      },
    });
    const secret = digestOf(Buffer.from('secret'));
    expect(folder.entry('d/x')?.digest).not.toBe(secret);
    expect(result.problems.every(({ code }) => code === 'changed')).toBe(true);
    await folder.rescan();
    expect(folder.recorded()).toEqual(['a file', 'd absent', 'd/x absent', 'e directory', 'e/x file']);
  });

  it('finds a directory that was renamed since the last scan under its new name only', async () => {
    const folder = makeFolder({ d: { x: '1' }, e: { y: '2' } });
    await folder.scan();
    fs.renameSync(folder.at('d'), folder.at('tmp'));
    fs.renameSync(folder.at('e'), folder.at('d'));
    fs.renameSync(folder.at('tmp'), folder.at('e'));
    await folder.rescan();
    expect(folder.recorded()).toEqual([
      'd directory',
      'd/x absent',
      'd/y file',
      'e directory',
      'e/x file',
      'e/y absent',
    ]);
  });

  it('refuses to say anything of a folder that was removed', async () => {
    const folder = makeFolder({ a: '1' });
    await folder.scan();
    fs.rmSync(folder.path, { recursive: true });
    await expect(folder.scan()).rejects.toMatchObject({ code: 'not-joined' });
    expect(folder.entry('a')?.kind).toBe('file');
  });
});

describe('a scan', () => {
  it('stops when it is told to, with what it found recorded', async () => {
    const folder = makeFolder({ a: '1', b: '2', c: '3' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const stop = new AbortController();
    const scan = folder.scan({
      signal: stop.signal,
      hashFile: async (root, path, seen, pace) => {
        if (path === 'b') {
          stop.abort();
          await pace.turn();
        }
        return hashFile(root, path, seen, pace);
      },
    });
    await expect(scan).rejects.toMatchObject({ code: 'interrupted' });
    expect(folder.recorded()).toEqual(['a file']);
  });

  it('lets others have their turn', async () => {
    const folder = makeFolder({}, '/dev/shm');
    for (let i = 0; i < 3000; i++) fs.writeFileSync(`${folder.path}/file-${i}`, `${i}`);
    fs.writeFileSync(`${folder.path}/large`, Buffer.alloc(200_000_000));
    const started = performance.now();
    let last = started;
    let longest = 0;
    let turns = 0;
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      turns++;
    }, 1);
    await folder.scan();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    expect(longest).toBeLessThan((performance.now() - started) / 2); // generous: other tests share the processors
  });

  it('lets an entry be that another process changed meanwhile', async () => {
    const folder = makeFolder({ a: 'one', b: 'two' });
    await folder.scan();
    folder.write({ a: 'edited', b: 'edited' });
    let installed: unknown;
    await folder.scan({
      hashFile: async (...args) => {
        const edit: Parameters<typeof folder.state.update>[0] = [
          {
            path: '' as RelPath,
            edit: (current) =>
              current?.map((entry) => (entry.name === 'a' ? { ...entry, vector: [['rSOMEONE' as never, 7]] } : entry)),
          },
        ];
        if (installed === undefined) folder.state.update(edit);
        installed ??= folder.entry('a');
        return hashFile(...args);
      },
    });
    expect(folder.entry('a')).toEqual(installed);
    expect(folder.entry('b')?.digest).toBe(digestOf(Buffer.from('edited')));
    await folder.scan();
    expect(folder.entry('a')?.digest).toBe(digestOf(Buffer.from('edited')));
  });
});
