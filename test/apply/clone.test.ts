/** A staged file that begins as a clone of another, on a disk that can do that: XFS in a file, made and mounted by root. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, openFolder } from './open-folder.js';

const IMAGE_BYTES = 320 * 1024 * 1024; // XFS takes no less
const BLOCK = 4096;

const canMount = process.getuid?.() === 0 && spawnSync('mkfs.xfs', ['-V']).status === 0;

test('where the disk has no reflink the staged file stays empty', () => {
  const folder = openFolder('/dev/shm');
  fs.writeFileSync(folder.real('source'), randomBytes(3 * BLOCK));
  const source = fs.openSync(folder.real('source'), 'r');
  const file = folder.stage.create();
  expect(file.clone(source)).toBe(false);
  expect(fs.fstatSync(file.fd).size).toBe(0);
  file.writeSparse(Buffer.alloc(2 * BLOCK), 0);
  file.truncate(2 * BLOCK);
  expect(fs.fstatSync(file.fd).blocks).toBe(0); // zeros are holes
  fs.closeSync(source);
});

describe.runIf(canMount)('on a disk with reflinks', () => {
  let mounted: string;
  let image: string;

  beforeAll(() => {
    mounted = fs.mkdtempSync('/tmp/p2psync-clone-');
    image = `${mounted}.img`;
    fs.closeSync(fs.openSync(image, 'w'));
    fs.truncateSync(image, IMAGE_BYTES);
    run('mkfs.xfs', '-q', '-m', 'reflink=1', image);
    run('mount', '-o', 'loop', image, mounted);
  });

  afterAll(() => {
    spawnSync('umount', [mounted]);
    fs.rmSync(image, { force: true });
    fs.rmdirSync(mounted);
  });

  test('it has the content at once, writes go to it alone, and zeros are written over what is there', async () => {
    const folder = openFolder(mounted);
    const content = randomBytes(8 * 1024 * 1024);
    fs.writeFileSync(folder.real('source'), content);
    const source = fs.openSync(folder.real('source'), 'r');
    const free = freeBytes(mounted);
    const file = folder.stage.create();
    expect(file.clone(source)).toBe(true);
    expect(free - freeBytes(mounted)).toBeLessThan(content.length / 8);
    expect(fs.fstatSync(file.fd).mode & 0o777).toBe(0o600);
    const part = Buffer.alloc(content.length);
    expect(file.read(part, 0)).toBe(content.length);
    expect(part.equals(content)).toBe(true);

    const zeros = Buffer.alloc(2 * BLOCK);
    file.writeSparse(zeros, BLOCK);
    await file.writeSparseLater(zeros, 10 * BLOCK);
    file.write(Buffer.from('new'), 0);
    const wanted = Buffer.from(content);
    wanted.fill(0, BLOCK, 3 * BLOCK);
    wanted.fill(0, 10 * BLOCK, 12 * BLOCK);
    wanted.write('new', 0);
    expect(fs.readFileSync(folder.real(file.path)).equals(wanted)).toBe(true);
    expect(fs.readFileSync(folder.real('source')).equals(content)).toBe(true);
    file.truncate(5);
    expect(fs.readFileSync(folder.real(file.path)).length).toBe(5);
    fs.closeSync(source);
    folder.stage.close();
    folder.root.close();
  });

  test('a local copy of a file takes no room', () => {
    const folder = openFolder(mounted);
    fs.writeFileSync(folder.real('source'), randomBytes(8 * 1024 * 1024));
    const free = freeBytes(mounted);
    const copy = folder.stage.copyOf(folder.root, at('source'), folder.stat('source'));
    expect(fs.readFileSync(folder.real(copy.path)).equals(fs.readFileSync(folder.real('source')))).toBe(true);
    expect(free - freeBytes(mounted)).toBeLessThan(1024 * 1024);
    folder.stage.close();
    folder.root.close();
  });
});

function freeBytes(directory: string): number {
  spawnSync('sync', ['-f', path.join(directory, '.')]);
  const { bavail, bsize } = fs.statfsSync(directory);
  return bavail * bsize;
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}
