import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { initFolder } from '../../src/group/join.js';
import { keyFileOf, loadKey, readKeyFile, storeKey } from '../../src/group/key-file.js';
import { formatInvite } from '../../src/wire/invite.js';
import { groupId } from '../../src/wire/key-schedule.js';
import { refusal, useTempEnv } from './temp-env.js';

const key = { secret: Buffer.alloc(32, 0xa7), epoch: 3 };
const group = groupId(key).toString('hex');
const invite = formatInvite(key);
const temp = useTempEnv();

/** A key file as a user would make it, with the mode given. */
function keyFile(mode = 0o600): string {
  const file = path.join(temp.base, 'ci.key');
  fs.writeFileSync(file, `# from the vault\n${invite}\n`);
  fs.chmodSync(file, mode);
  return file;
}

/** A refusal never repeats a group of the invite. */
function refused(file: string): string {
  const message = refusal('usage', () => readKeyFile(file, temp.env));
  for (const part of invite.split('-').slice(1)) expect(message).not.toContain(part);
  expect(message).not.toContain(key.secret.toString('hex'));
  return message;
}

describe('a stored key', () => {
  it('is read again', () => {
    storeKey(key, temp.env);
    expect(loadKey(group, temp.env)).toEqual(key);
  });

  it('is in a file of mode 0600 in a directory of mode 0700, with no staged file beside it', () => {
    storeKey(key, temp.env);
    const file = keyFileOf(group, temp.env);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(fs.readdirSync(path.dirname(file))).toEqual([`${group}.key`]);
  });

  it('may be stored twice, but never replaces what stands under its name', () => {
    storeKey(key, temp.env);
    storeKey(key, temp.env);
    fs.writeFileSync(keyFileOf(group, temp.env), formatInvite({ ...key, epoch: 4 }));
    expect(refusal('usage', () => storeKey(key, temp.env))).toContain('holds another key');
  });

  it('is not written through a symbolic link planted under its name', () => {
    const target = path.join(temp.base, 'target');
    fs.mkdirSync(path.dirname(keyFileOf(group, temp.env)), { recursive: true });
    fs.symlinkSync(target, keyFileOf(group, temp.env));
    refusal('usage', () => storeKey(key, temp.env));
    expect(fs.existsSync(target)).toBe(false);
  });

  it('is not taken when the file holds the key of another group', () => {
    storeKey(key, temp.env);
    const other = { secret: Buffer.alloc(32, 1), epoch: 1 };
    fs.writeFileSync(keyFileOf(group, temp.env), formatInvite(other));
    expect(refusal('usage', () => loadKey(group, temp.env))).toContain('another group');
  });

  it('that is missing is said with the command that brings it back', () => {
    expect(refusal('not-joined', () => loadKey(group, temp.env))).toContain('p2psync join');
  });

  it('that cannot be read for want of a descriptor is neither missing nor refused', () => {
    storeKey(key, temp.env);
    const failing = vi.spyOn(fs, 'openSync').mockImplementation(() => {
      throw Object.assign(new Error('EMFILE: too many open files, open'), { code: 'EMFILE', syscall: 'open' });
    });
    try {
      expect(refusal('io', () => loadKey(group, temp.env))).toContain('EMFILE');
    } finally {
      failing.mockRestore();
    }
  });
});

describe('a key file (security test 20)', () => {
  it('of its owner alone is read, comments and all', () => {
    expect(readKeyFile(keyFile(), temp.env)).toEqual(key);
    expect(readKeyFile(keyFile(0o400), temp.env)).toEqual(key);
  });

  it.each([0o644, 0o640, 0o604, 0o660, 0o620, 0o601])('of mode %o is refused with the command to run', (mode) => {
    const file = keyFile(mode);
    expect(refused(file)).toContain(`run chmod 600 ${file}`);
  });

  it('that is a symbolic link is refused', () => {
    const link = path.join(temp.base, 'link.key');
    fs.symlinkSync(keyFile(), link);
    expect(refused(link)).toContain('symbolic link');
  });

  it.skipIf(process.getuid?.() !== 0)('of another user is refused with the command to run', () => {
    const file = keyFile();
    fs.chownSync(file, 12345, 12345);
    expect(refused(file)).toContain(`sudo chown 0 ${file}`);
  });

  it('inside a synchronised folder is refused, below it and through a linked directory too', () => {
    const folder = temp.folder('photos/deep');
    initFolder(path.dirname(folder), temp.env);
    const inside = path.join(folder, 'ci.key');
    fs.renameSync(keyFile(), inside);
    expect(refused(inside)).toContain('synchronised folder');
    fs.symlinkSync(folder, path.join(temp.base, 'elsewhere'));
    expect(refused(path.join(temp.base, 'elsewhere', 'ci.key'))).toContain('synchronised folder');
  });

  it('that is a FIFO, a directory, huge or missing is refused at once', () => {
    const fifo = path.join(temp.base, 'fifo');
    execFileSync('mkfifo', ['-m', '600', fifo]);
    expect(refused(fifo)).toContain('no regular file');
    expect(refused(temp.folder('dir'))).toContain('no regular file');
    expect(refused(path.join(temp.base, 'none'))).toContain('does not exist');
    const huge = keyFile();
    fs.appendFileSync(huge, '#'.repeat(5_000));
    expect(refused(huge)).toContain('at most 4096');
  });

  it('with a typo is refused by the place of the typo', () => {
    const file = keyFile();
    fs.writeFileSync(file, invite.replace('-04', '-0U'));
    expect(refused(file)).toContain('character 2 of group 1 is "U"');
  });
});
