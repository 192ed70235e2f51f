import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { initFolder, joinFolder } from '../../src/group/join.js';
import { leaveFolder } from '../../src/group/leave.js';
import { openFolder } from '../../src/group/open-folder.js';
import { rotate } from '../../src/group/rotate.js';
import { parseInvite } from '../../src/wire/invite.js';
import { useTempEnv } from './temp-env.js';

describe('a folder that is open while its membership changes', () => {
  const at = useTempEnv();

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

  test('has no key where its record cannot be reached, and asking for it ends no process', () => {
    initFolder(at.folder('a'), at.env);
    const { membership } = openFolder(at.folder('a'), at.env);
    const records = path.join(at.env.configDir, 'folders');
    fs.renameSync(records, `${records}-aside`);
    fs.symlinkSync('folders', records); // ELOOP; as EACCES and EIO no mere absence
    expect(membership.key()).toBeUndefined();
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
