import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { initFolder, joinFolder } from '../../src/group/join.js';
import { leaveFolder } from '../../src/group/leave.js';
import { openFolder } from '../../src/group/open-folder.js';
import { rotate } from '../../src/group/rotate.js';
import { parseInvite } from '../../src/wire/invite.js';
import { useTempEnv } from './temp-env.js';

describe('a folder that is open while its membership changes', () => {
  const at = useTempEnv();
  afterEach(() => void vi.restoreAllMocks());

  test('knows its new key as soon as it was rotated, and keeps one object for one key', () => {
    initFolder(at.folder('a'), at.env);
    const { membership, key } = openFolder(at.folder('a'), at.env);
    expect(membership.key()).toBe(key);
    const { invite } = rotate(at.folder('a'), at.env);
    const rotated = membership.key();
    expect(rotated).toEqual(parseInvite(invite));
    expect(membership.key()).toBe(rotated);
    rotate(at.folder('a'), at.env);
    expect(membership.key()?.epoch).toBe(3);
  });

  test('has no key from the moment it has left, also if the path is joined again', () => {
    const { invite } = initFolder(at.folder('a'), at.env);
    const { membership } = openFolder(at.folder('a'), at.env);
    leaveFolder(at.folder('a'), at.env);
    expect(membership.key()).toBeUndefined();
    joinFolder(at.folder('a'), parseInvite(invite), at.env);
    expect(membership.key()).toBeUndefined();
  });

  test('is not the folder that left and joined again between two looks: its state is another', () => {
    const { invite } = initFolder(at.folder('a'), at.env);
    const { membership } = openFolder(at.folder('a'), at.env);
    leaveFolder(at.folder('a'), at.env);
    joinFolder(at.folder('a'), parseInvite(invite), at.env);
    expect(membership.key()).toBeUndefined();
  });

  test('has no key as long as its record cannot be reached, says why, and has not left', () => {
    initFolder(at.folder('a'), at.env);
    const { membership, key } = openFolder(at.folder('a'), at.env);
    const records = path.join(at.env.configDir, 'folders');
    fs.renameSync(records, `${records}-aside`);
    fs.symlinkSync('folders', records); // ELOOP; as EACCES and EIO no mere absence
    expect(membership.key()).toBeUndefined();
    expect(membership).toMatchObject({ left: false, trouble: { code: 'io' } });
    fs.unlinkSync(records);
    fs.renameSync(`${records}-aside`, records);
    expect(membership.key()).toBe(key);
    expect(membership.trouble).toBeUndefined();
  });

  test('has no key while no descriptor is free to read it, then the one that it got meanwhile', () => {
    initFolder(at.folder('a'), at.env);
    const { membership, key } = openFolder(at.folder('a'), at.env);
    const { invite } = rotate(at.folder('a'), at.env);
    const restore = [outOfDescriptors('readFileSync'), outOfDescriptors('openSync')]; // the record's, the key file's
    for (const end of restore) {
      expect(membership.key()).toBeUndefined();
      expect(membership).toMatchObject({ left: false, trouble: { code: 'io' } });
      expect(membership.trouble?.message).toContain('EMFILE');
      end();
    }
    expect(membership.key()).toEqual(parseInvite(invite));
    expect(membership.key()).not.toBe(key);
  });

  test('has left when its record is gone with all that it was in', () => {
    initFolder(at.folder('a'), at.env);
    const { membership } = openFolder(at.folder('a'), at.env);
    fs.rmSync(at.env.configDir, { recursive: true });
    fs.writeFileSync(at.env.configDir, ''); // ENOTDIR
    expect(membership.key()).toBeUndefined();
    expect(membership).toMatchObject({ left: true, trouble: undefined });
  });

  test('is told when it has left while its key could not be told', async () => {
    initFolder(at.folder('a'), at.env);
    const { membership } = openFolder(at.folder('a'), at.env);
    const records = path.join(at.env.configDir, 'folders');
    const seen: boolean[] = [];
    const end = membership.watch(() => seen.push(membership.left));
    rotate(at.folder('a'), at.env);
    const restore = outOfDescriptors('readFileSync');
    await vi.waitFor(() => expect(seen).toEqual([false]), 5_000);
    restore();
    fs.rmSync(records, { recursive: true });
    await vi.waitFor(() => expect(seen).toEqual([false, true]), 5_000);
    end();
  });

  test('is told of each change, and of no other folder', async () => {
    initFolder(at.folder('a'), at.env);
    initFolder(at.folder('b'), at.env);
    const { membership } = openFolder(at.folder('a'), at.env);
    const seen: (number | undefined)[] = [];
    const heard = (count: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = setInterval(() => {
          if (seen.length < count) return;
          clearInterval(timer);
          resolve();
        }, 5);
      });
    const end = membership.watch(() => seen.push(membership.key()?.epoch));
    rotate(at.folder('b'), at.env);
    rotate(at.folder('a'), at.env);
    await heard(1);
    leaveFolder(at.folder('a'), at.env);
    await heard(2);
    end();
    expect(seen).toEqual([2, undefined]);
  });
});

/** Lets this way of opening a file fail until the function that it returns is called. */
function outOfDescriptors(call: 'readFileSync' | 'openSync'): () => void {
  const failing = vi.spyOn(fs, call).mockImplementation(() => {
    throw Object.assign(new Error('EMFILE: too many open files, open'), { code: 'EMFILE', syscall: 'open' });
  });
  return () => failing.mockRestore();
}
