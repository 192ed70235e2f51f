import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStage, STAGE_DIRECTORY } from '../../src/apply/stage.js';
import { lifeOf, ownerName } from '../../src/apply/stage-owner.js';
import { ABANDONED_AFTER } from '../../src/apply/stage-sweep.js';
import { DISKS } from '../disk/temporary-directory.js';
import { at, openFolder, STAGE_OPTIONS } from './open-folder.js';

const changed = expect.objectContaining({ code: 'changed' });

describe.each(DISKS)('on %s', (disk) => {
  test('a local copy has the content, and the holes, of its source', () => {
    const folder = openFolder(disk);
    for (const size of [0, 5, 128 * 1024, 128 * 1024 + 1, 3_000_000]) {
      const content = randomBytes(size);
      fs.writeFileSync(folder.real('source'), content, { mode: 0o400 });
      const copy = folder.stage.copyOf(folder.root, at('source'), folder.stat('source'));
      expect(fs.readFileSync(folder.real(copy.path)).equals(content), String(size)).toBe(true);
      expect(fs.fstatSync(copy.fd).mode & 0o777).toBe(0o600);
      copy.discard();
      fs.rmSync(folder.real('source'));
    }
    fs.writeFileSync(folder.real('holes'), 'start');
    fs.truncateSync(folder.real('holes'), 50_000_000);
    fs.appendFileSync(folder.real('holes'), 'end');
    const copy = folder.stage.copyOf(folder.root, at('holes'), folder.stat('holes'));
    expect(fs.readFileSync(folder.real(copy.path)).equals(fs.readFileSync(folder.real('holes')))).toBe(true);
    expect(fs.fstatSync(copy.fd).blocks * 512).toBeLessThan(100_000);
  });

  test('a file that changed since the scan, a symlink or a directory is not copied, and nothing stays staged', () => {
    const folder = openFolder(disk);
    const expected = folder.write('f', 'old');
    fs.appendFileSync(folder.real('f'), 'x');
    fs.symlinkSync('f', folder.real('l'));
    fs.mkdirSync(folder.real('d'));
    for (const [name, stat] of [
      ['f', expected],
      ['l', folder.stat('l')],
      ['d', folder.stat('d')],
      ['missing', expected],
    ] as const) {
      expect(() => folder.stage.copyOf(folder.root, at(name), stat), name).toThrow(changed);
    }
    expect(folder.staged()).toEqual([]);
  });

  test('bytes written in another thread arrive, and leave zeros as holes', async () => {
    const folder = openFolder(disk);
    const content = Buffer.concat([randomBytes(300_000), Buffer.alloc(3_000_000), randomBytes(5)]);
    const file = folder.stage.create();
    await file.writeSparseLater(content, 0);
    expect(fs.readFileSync(folder.real(file.path)).equals(content)).toBe(true);
    expect(fs.fstatSync(file.fd).blocks * 512).toBeLessThan(400_000);
  });

  test('a file that is discarded while it is written keeps its descriptor until then: another would get its number', async () => {
    const folder = openFolder(disk);
    const file = folder.stage.create();
    const writing = file.writeSparseLater(randomBytes(4_000_000), 0);
    file.discard();
    const other = fs.openSync(folder.real('other'), 'w');
    await writing;
    expect(other).not.toBe(file.fd);
    fs.closeSync(other);
    expect(fs.statSync(folder.real('other')).size).toBe(0);
    expect(() => fs.fstatSync(file.fd)).toThrow('EBADF');
    expect(folder.staged()).toEqual([]);
  });

  test('many files are made durable at once, and a failure is reported after all of them', async () => {
    const folder = openFolder(disk);
    const files = Array.from({ length: 50 }, (_, i) => folder.stage.fromBytes(Buffer.from(`${i}`)));
    await folder.stage.syncAll(files);
    await folder.stage.syncAll(files, { fsync: false });
    const gone = { fd: 1_000_000, path: at('gone') };
    const all = [...files, Object.assign(Object.create(files[0] ?? {}), gone)];
    await expect(folder.stage.syncAll(all)).rejects.toThrow(expect.objectContaining({ code: 'io' }));
    await expect(folder.stage.syncAll(all, { fsync: false })).resolves.toBeUndefined();
  });
});

test('closing a stage removes everything of it, and later use is refused', () => {
  const folder = openFolder();
  const staged = folder.stage.fromBytes(Buffer.from('x'));
  folder.stage.close();
  folder.stage.close();
  expect(fs.readdirSync(folder.real(STAGE_DIRECTORY))).toEqual([]);
  expect(() => fs.fstatSync(staged.fd)).toThrow();
  expect(() => folder.stage.create()).toThrow(expect.objectContaining({ code: 'closed' }));
});

test('a .p2psync, or a stage in it, that is a symlink or a file is refused', () => {
  for (const [place, make] of [
    ['.p2psync', (real: string) => fs.symlinkSync('/tmp', real)],
    ['.p2psync', (real: string) => fs.writeFileSync(real, '')],
    ['.p2psync/stage', (real: string) => fs.symlinkSync('/tmp', real)],
  ] as const) {
    const folder = openFolder();
    folder.stage.close();
    fs.rmSync(folder.real(place), { recursive: true });
    folder.root.forget(at('.p2psync'));
    make(folder.real(place));
    expect(() => openStage(folder.root, STAGE_OPTIONS), place).toThrow(expect.objectContaining({ code: 'path' }));
  }
});

describe('sweeping', () => {
  /** The id of a process that has just ended. */
  const deadPid = (): number => spawnSync('true').pid;

  function leave(folder: ReturnType<typeof openFolder>, owner: string, files: Record<string, string>): string {
    const directory = folder.real(path.join(STAGE_DIRECTORY, owner));
    fs.mkdirSync(directory, { recursive: true });
    for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(directory, name), content);
    return directory;
  }

  const open = (folder: ReturnType<typeof openFolder>, now = Date.now()): void => {
    openStage(folder.root, { random: randomBytes, now: () => now }).close();
  };

  test('removes what a dead process of this system left, at once', () => {
    const folder = openFolder();
    const name = ownerName('aa').replace(`-${process.pid}-`, `-${deadPid()}-`);
    const left = leave(folder, name, { 'file-0': 'x', 'file-1': 'y' });
    expect(lifeOf(name)).toBe('dead');
    open(folder);
    expect(fs.existsSync(left)).toBe(false);
  });

  test('removes what an earlier process with a number that is in use again left', () => {
    const folder = openFolder();
    const name = ownerName('aa').replace(/-[0-9]+-aa$/, '-1-aa');
    const left = leave(folder, name, { 'file-0': 'x' });
    open(folder);
    expect(fs.existsSync(left)).toBe(false);
  });

  test('never touches what a living process staged, however old', () => {
    const folder = openFolder();
    const staged = folder.stage.fromBytes(Buffer.from('x'));
    open(folder, Date.now() + 100 * ABANDONED_AFTER);
    expect(fs.readFileSync(folder.real(staged.path), 'utf8')).toBe('x');
    expect(lifeOf(path.basename(path.dirname(staged.path)))).toBe('alive');
  });

  test('waits a day for directories of other systems, counting from the newest file in them', () => {
    const folder = openFolder();
    const left = leave(folder, `0123456789abcdef-1-1-aa`, { 'file-0': 'x' });
    fs.utimesSync(left, 1, 1);
    const written = fs.statSync(path.join(left, 'file-0')).mtimeMs;
    open(folder, written + ABANDONED_AFTER - 1000);
    expect(fs.existsSync(left)).toBe(true);
    open(folder, written + ABANDONED_AFTER + 60_000);
    expect(fs.existsSync(left)).toBe(false);
  });

  test('moves a guard that is the last name of its content to the trash', () => {
    const folder = openFolder();
    const name = ownerName('aa').replace(`-${process.pid}-`, `-${deadPid()}-`);
    const left = leave(folder, name, { 'guard-0': 'an edit', 'guard-1': 'has another name' });
    fs.linkSync(path.join(left, 'guard-1'), folder.real('other'));
    open(folder, Date.parse('2026-01-02T03:04:05Z'));
    expect(folder.tree()).toEqual({
      other: 'has another name',
      '.p2psync/trash/2026-01-02T03-04-05Z/guard-0': 'an edit',
    });
  });

  test('does not follow a symlink that stands in the stage', () => {
    const folder = openFolder();
    folder.write('precious/f', 'x');
    const name = ownerName('aa').replace(`-${process.pid}-`, `-${deadPid()}-`);
    fs.symlinkSync('../../precious', folder.real(path.join(STAGE_DIRECTORY, name)));
    open(folder);
    expect(folder.tree()).toEqual({ 'precious/f': 'x' });
  });
});
