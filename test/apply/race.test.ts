/** Other programs change files while this one installs: nothing that they wrote may be lost (invariant 7). */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { installFile } from '../../src/apply/install.js';
import { moveAside, preserve } from '../../src/apply/preserve.js';
import { removeToTrash } from '../../src/apply/trash.js';
import { localStatOf, sameStat } from '../../src/disk/local-stat.js';
import type { LocalStat } from '../../src/model/entry.js';
import { DISKS } from '../disk/temporary-directory.js';
import { at, type Folder, openFolder } from './open-folder.js';

const SECONDS = 0.7;
const METADATA = { mtime: 5_000_000, mode: 0o644 };

/** Each adds tokens `<0>`, `<1>`, … to a file until the time is over and then prints how many. */
const WRITERS = {
  'appends to the file': `fs.appendFileSync(file, token)`,
  'writes the file in place': `fs.writeFileSync(file, fs.readFileSync(file, 'latin1') + token)`,
  'keeps the file open a moment': `
    const fd = fs.openSync(file, 'a');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    fs.writeSync(fd, token);
    fs.closeSync(fd);`,
};

const writerScript = (write: string): string => `
  const fs = require('node:fs');
  const [file, milliseconds] = process.argv.slice(1);
  process.stdout.write('ready\\n');
  let i = 0;
  for (const end = Date.now() + Number(milliseconds); Date.now() < end; i++) {
    const token = '<' + i + '>';
    try {
      ${write};
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      i--;
    }
  }
  process.stdout.write(String(i));`;

describe.each(Object.entries(WRITERS))('while a program %s', (_name, write) => {
  const disk = DISKS.at(-1);

  test('replacing it again and again loses none of its writes', async () => {
    const folder = openFolder(disk);
    folder.write('f', 'start');
    const outcome = await against(folder, write, (i) => replaceOnce(folder, i));
    const saved = folder.stage.settle().map(({ copy }) => folder.read(copy));
    expectAllTokens(outcome.written, [folder.read('f'), ...saved]);
    expect(outcome.done).toBeGreaterThan(20);
  });

  test('moving it to the trash, aside, or preserving it loses none of its writes', async () => {
    const folder = openFolder(disk);
    folder.write('f', 'start');
    const outcome = await against(folder, write, (i) => removeOnce(folder, i));
    folder.stage.settle();
    expectAllTokens(outcome.written, Object.values(folder.tree()));
    expect(outcome.done).toBeGreaterThan(20);
  });
});

test('of a file that two make at the same time, the other program wins or is told', async () => {
  const folder = openFolder(DISKS.at(-1));
  const script = `
    const fs = require('node:fs');
    process.chdir(process.argv[1]);
    process.stdout.write('ready\\n');
    const made = [];
    for (let i = 0; i < 2000; i++) {
      try {
        fs.writeFileSync('n' + i, 'other', { flag: 'wx' });
        made.push(i);
      } catch {}
    }
    process.stdout.write(JSON.stringify(made));`;
  const other = spawn(process.execPath, ['-e', script, folder.real('.')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { output } = await started(other);
  const mine = new Set<number>();
  for (let i = 1999; i >= 0; i--) {
    try {
      installFile(folder.root, at(`n${i}`), folder.stage.fromBytes(Buffer.from('mine')), METADATA, undefined);
      mine.add(i);
    } catch (error) {
      expect(error).toEqual(expect.objectContaining({ code: 'changed' }));
    }
  }
  const others = new Set<number>(JSON.parse(await output));
  for (let i = 0; i < 2000; i++) {
    expect(mine.has(i) !== others.has(i), `n${i}`).toBe(true);
    expect(folder.read(`n${i}`)).toBe(mine.has(i) ? 'mine' : 'other');
  }
  expect(folder.staged()).toEqual([]);
});

/** Reads the file as a scan does and replaces it by what was read and one thing more. */
function replaceOnce(folder: Folder, i: number): void {
  const [content, expected] = scan(folder);
  const staged = folder.stage.fromBytes(Buffer.from(`${content}{${i}}`));
  installFile(folder.root, at('f'), staged, METADATA, expected);
}

function removeOnce(folder: Folder, i: number): void {
  const [content, expected] = scan(folder);
  if (i % 3 === 0) removeToTrash(folder.root, at('f'), expected, { now: 0 });
  else if (i % 3 === 1) moveAside(folder.root, folder.stage, at('f'), at(`f.aside${i}`), expected);
  else {
    const { stat } = preserve(folder.root, folder.stage, at('f'), at(`f.copy${i}`), expected);
    const staged = folder.stage.fromBytes(Buffer.from(`${content}{${i}}`));
    installFile(folder.root, at('f'), staged, METADATA, stat, { preserved: true });
  }
  if (fs.existsSync(folder.real('f'))) return;
  installFile(folder.root, at('f'), folder.stage.fromBytes(Buffer.from(content)), METADATA, undefined);
}

function scan(folder: Folder): [string, LocalStat] {
  for (;;) {
    const fd = fs.openSync(folder.real('f'), 'r');
    const before = localStatOf(fs.fstatSync(fd));
    const content = fs.readFileSync(fd, 'latin1');
    const after = localStatOf(fs.fstatSync(fd));
    fs.closeSync(fd);
    if (sameStat(before, after) && before.size === content.length) return [content, after];
  }
}

async function against(
  folder: Folder,
  write: string,
  once: (i: number) => void,
): Promise<{ written: number; done: number }> {
  const argv = ['-e', writerScript(write), folder.real('f'), String(SECONDS * 1000)];
  const writer = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { output } = await started(writer);
  let done = 0;
  const end = performance.now() + SECONDS * 1000 + 100;
  for (let i = 0; performance.now() < end; i++) {
    try {
      once(i);
      done++;
    } catch (error) {
      if ((error as { code?: string }).code !== 'changed' && (error as { code?: string }).code !== 'ENOENT')
        throw error;
    }
  }
  return { written: Number(await output), done };
}

/** Waits for the first line; the promise inside resolves with the rest when the process has ended. */
async function started(child: ChildProcess): Promise<{ readonly output: Promise<string> }> {
  let text = '';
  const closed = new Promise<string>((resolve) => child.once('close', () => resolve(text.slice('ready\n'.length))));
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (data) => {
      text += data;
      resolve();
    });
  });
  return { output: closed };
}

function expectAllTokens(count: number, contents: readonly string[]): void {
  expect(count).toBeGreaterThan(20);
  const found = new Set(contents.flatMap((content) => content.match(/<[0-9]+>/g) ?? []));
  const lost = Array.from({ length: count }, (_, i) => `<${i}>`).filter((token) => !found.has(token));
  expect(lost).toEqual([]);
}
