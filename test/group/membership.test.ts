import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { joinedFolders } from '../../src/group/folder-record.js';
import { initFolder, joinFolder } from '../../src/group/join.js';
import { keyFileOf } from '../../src/group/key-file.js';
import { leaveFolder } from '../../src/group/leave.js';
import { openFolder } from '../../src/group/open-folder.js';
import { inviteOf, rotate } from '../../src/group/rotate.js';
import { formatInvite, parseInvite } from '../../src/wire/invite.js';
import { refusal, useTempEnv } from './temp-env.js';

const temp = useTempEnv();
const markerOf = (root: string) => path.join(root, '.p2psync', 'folder.json');
const roots = () => joinedFolders(temp.env).map(({ root }) => root);
const keysKept = () => fs.readdirSync(path.join(temp.env.configDir, 'keys'));

describe('init', () => {
  it('makes a group: key, marker, list entry and a private state directory', () => {
    const root = temp.folder('Photos');
    const { folder, invite } = initFolder(root, temp.env);
    expect(folder).toMatchObject({ root, label: 'Photos', key: { epoch: 1 } });
    expect(parseInvite(invite)).toEqual(folder.key);
    expect(JSON.parse(fs.readFileSync(markerOf(root), 'utf8'))).toEqual({
      format: 1,
      folder: folder.folderId,
      group: folder.groupId.toString('hex'),
      epoch: 1,
    });
    expect(roots()).toEqual([root]);
    expect(fs.statSync(folder.stateDir).mode & 0o777).toBe(0o700);
    expect(openFolder(root, temp.env)).toEqual(folder);
  });

  it('is refused where the folder is in a group already, and names the command for its invite', () => {
    const root = temp.folder('a');
    initFolder(root, temp.env);
    expect(refusal('usage', () => initFolder(root, temp.env))).toContain(`p2psync invite ${root}`);
  });

  it('keeps the secret out of the marker, the list and every file name', () => {
    const root = temp.folder('a');
    const { folder, invite } = initFolder(root, temp.env);
    const secrets = [folder.key.secret.toString('hex'), invite, invite.replaceAll('-', '')];
    for (const file of filesBelow(temp.base)) {
      const text = file.endsWith('.key') ? file : file + fs.readFileSync(file, 'utf8');
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });

  it.each([
    ['the home directory', () => temp.env.home, 'home directory'],
    ['the file system', () => '/', 'the whole file system'],
    ['a folder with the keys in it', () => path.dirname(temp.env.configDir), 'keeps its keys'],
    ['a folder among the keys', () => path.join(temp.env.configDir, 'x'), 'keeps its keys'],
  ])('is refused for %s', (_what, root, said) => {
    fs.mkdirSync(root(), { recursive: true });
    expect(refusal('usage', () => initFolder(root(), temp.env))).toContain(said);
    expect(fs.existsSync(markerOf(root()))).toBe(false);
  });

  it('is refused inside and around a joined folder, also one that another user joined', () => {
    const inner = temp.folder('outer/photos/inner');
    const photos = path.dirname(inner);
    initFolder(photos, temp.env);
    expect(refusal('usage', () => initFolder(inner, temp.env))).toContain(`lies in the joined folder ${photos}`);
    expect(refusal('usage', () => initFolder(path.dirname(photos), temp.env))).toContain(`p2psync leave ${photos}`);
    const stranger = { ...temp.env, configDir: path.join(temp.base, 'stranger') };
    expect(refusal('usage', () => initFolder(inner, stranger))).toContain('marker of a joined folder');
  });

  it('says of a missing folder or a file what to do', () => {
    expect(refusal('not-joined', () => initFolder(path.join(temp.base, 'no ne'), temp.env))).toMatch(
      /mkdir -p '.*no ne'/,
    );
    const file = path.join(temp.base, 'file');
    fs.writeFileSync(file, '');
    expect(refusal('not-joined', () => initFolder(file, temp.env))).toContain('no folder');
  });

  it('never writes its marker through a symbolic link', () => {
    const root = temp.folder('a');
    const outside = temp.folder('outside');
    fs.symlinkSync(outside, path.join(root, '.p2psync'));
    refusal('path', () => initFolder(root, temp.env));
    expect(fs.readdirSync(outside)).toEqual([]);
    expect(roots()).toEqual([]);
  });
});

describe('join', () => {
  it('puts a second folder into the group, with an id and a state of its own', () => {
    const { folder, invite } = initFolder(temp.folder('a'), temp.env);
    const second = joinFolder(temp.folder('b'), parseInvite(invite), temp.env);
    expect(second.outcome).toBe('joined');
    expect(second.folder.groupId).toEqual(folder.groupId);
    expect(second.folder.folderId).not.toBe(folder.folderId);
    expect(second.folder.stateDir).not.toBe(folder.stateDir);
    expect(keysKept()).toHaveLength(1);
  });

  it('does nothing to a folder that is in the group, whatever name leads to it', () => {
    const { folder, invite } = initFolder(temp.folder('a'), temp.env);
    const link = path.join(temp.base, 'link');
    fs.symlinkSync(folder.root, link);
    expect(joinFolder(link, parseInvite(invite), temp.env)).toEqual({ folder, outcome: 'already', left: [] });
    expect(roots()).toEqual([folder.root]);
  });

  it('takes the key of a rotation that was made elsewhere, and keeps id and state', () => {
    const key = { secret: Buffer.alloc(32, 1), epoch: 1 };
    const { folder } = joinFolder(temp.folder('a'), key, temp.env);
    fs.writeFileSync(path.join(folder.stateDir, 'data'), 'history');
    const next = { secret: Buffer.alloc(32, 2), epoch: 2 };
    const { folder: after, outcome } = joinFolder(folder.root, next, temp.env);
    expect(outcome).toBe('rekeyed');
    expect(after).toEqual({ ...folder, key: next, groupId: after.groupId });
    expect(after.groupId).not.toEqual(folder.groupId);
    expect(fs.readFileSync(path.join(after.stateDir, 'data'), 'utf8')).toBe('history');
    expect(keysKept()).toEqual([`${after.groupId.toString('hex')}.key`]);
  });

  it('tells which folders of the group did not follow the new key', () => {
    const key = { secret: Buffer.alloc(32, 1), epoch: 1 };
    const { folder } = joinFolder(temp.folder('a'), key, temp.env);
    const { folder: other } = joinFolder(temp.folder('b'), key, temp.env);
    const { left } = joinFolder(folder.root, { secret: Buffer.alloc(32, 2), epoch: 2 }, temp.env);
    expect(left).toEqual([other.root]);
    expect(openFolder(other.root, temp.env).key).toEqual(key);
  });

  it('refuses the invite of another group, and an older one of the same', () => {
    const root = temp.folder('a');
    joinFolder(root, { secret: Buffer.alloc(32, 2), epoch: 2 }, temp.env);
    for (const epoch of [1, 2]) {
      const other = { secret: Buffer.alloc(32, 9), epoch };
      expect(refusal('usage', () => joinFolder(root, other, temp.env))).toContain(`p2psync leave ${root}`);
    }
  });

  it('marks a folder again whose marker is gone, as a new folder without the old history', () => {
    const { folder, invite } = initFolder(temp.folder('a'), temp.env);
    fs.writeFileSync(path.join(folder.stateDir, 'data'), 'history');
    fs.rmSync(path.join(folder.root, '.p2psync'), { recursive: true });
    const again = joinFolder(folder.root, parseInvite(invite), temp.env);
    expect(again.outcome).toBe('joined');
    expect(again.folder.folderId).not.toBe(folder.folderId);
    expect(fs.existsSync(path.join(again.folder.stateDir, 'data'))).toBe(false);
  });

  it('keeps the id of a disk that is in the same group on another computer, but not that of a copy', () => {
    const { folder, invite } = initFolder(temp.folder('a'), temp.env);
    const elsewhere = { ...temp.env, configDir: path.join(temp.base, 'c2'), stateDir: path.join(temp.base, 's2') };
    expect(joinFolder(folder.root, parseInvite(invite), elsewhere).folder.folderId).toBe(folder.folderId);
    const copy = path.join(temp.base, 'copy');
    fs.cpSync(folder.root, copy, { recursive: true });
    expect(joinFolder(copy, parseInvite(invite), temp.env).folder.folderId).not.toBe(folder.folderId);
  });
});

describe('opening a folder', () => {
  it('that was never joined says the two commands', () => {
    const root = temp.folder('a');
    const said = refusal('not-joined', () => openFolder(root, temp.env));
    expect(said).toContain(`p2psync init ${root}`);
    expect(said).toContain(`p2psync join ${root}`);
  });

  it('inside a joined one names that one', () => {
    const inner = temp.folder('photos/inner');
    initFolder(path.dirname(inner), temp.env);
    expect(refusal('not-joined', () => openFolder(inner, temp.env))).toContain(path.dirname(inner));
  });

  it('without its marker is refused (an unmounted disk), with a key file too', () => {
    const { folder, invite } = initFolder(temp.folder('a'), temp.env);
    fs.rmSync(markerOf(folder.root));
    const keyFile = path.join(temp.base, 'k');
    fs.writeFileSync(keyFile, invite, { mode: 0o600 });
    for (const options of [{}, { keyFile }]) {
      expect(refusal('not-joined', () => openFolder(folder.root, temp.env, options))).toContain('is the disk mounted?');
    }
    expect(fs.existsSync(markerOf(folder.root))).toBe(false);
  });

  it('that holds the marker of another disk is refused', () => {
    const { folder } = initFolder(temp.folder('a'), temp.env);
    const { folder: other } = initFolder(temp.folder('b'), temp.env);
    fs.copyFileSync(markerOf(other.root), markerOf(folder.root));
    expect(refusal('not-joined', () => openFolder(folder.root, temp.env))).toContain('holds another folder');
  });

  it('stays in its group when somebody writes another group into the marker', () => {
    const { folder } = initFolder(temp.folder('a'), temp.env);
    const { folder: other } = initFolder(temp.folder('b'), temp.env);
    const forged = { format: 1, folder: folder.folderId, group: other.groupId.toString('hex'), epoch: 1 };
    fs.writeFileSync(markerOf(folder.root), JSON.stringify(forged));
    refusal('not-joined', () => openFolder(folder.root, temp.env));
  });

  it.each(['', '{', 'null', '[]', '{"format":2}', `{"format":1,"folder":"..","group":"","epoch":1}`])(
    'with the damaged marker %j is refused',
    (text) => {
      const { folder } = initFolder(temp.folder('a'), temp.env);
      fs.writeFileSync(markerOf(folder.root), text);
      expect(refusal('not-joined', () => openFolder(folder.root, temp.env))).toContain('damaged');
    },
  );

  it('with a key file joins it, and then needs none', () => {
    const root = temp.folder('ci');
    const key = { secret: Buffer.alloc(32, 5), epoch: 1 };
    const keyFile = path.join(temp.base, 'k');
    fs.writeFileSync(keyFile, formatInvite(key), { mode: 0o600 });
    const folder = openFolder(root, temp.env, { keyFile });
    expect(folder.key).toEqual(key);
    expect(openFolder(root, temp.env)).toEqual(folder);
    expect(openFolder(root, temp.env, { keyFile })).toEqual(folder);
  });

  it('tells a system error as such', () => {
    const root = temp.folder('a');
    fs.writeFileSync(path.join(temp.base, 'file'), '');
    const env = { ...temp.env, configDir: path.join(temp.base, 'file', 'config') };
    expect(refusal('io', () => initFolder(root, env))).toContain('ENOTDIR');
  });
});

describe('rotate', () => {
  it('gives all folders of the group a new secret, removes the old key and keeps id and state', () => {
    const { folder, invite } = initFolder(temp.folder('a'), temp.env);
    const { folder: second } = joinFolder(temp.folder('b'), parseInvite(invite), temp.env);
    const { folder: foreign } = initFolder(temp.folder('c'), temp.env);
    fs.writeFileSync(path.join(second.stateDir, 'data'), 'history');
    const rotation = rotate(folder.root, temp.env);
    expect(rotation).toMatchObject({ epoch: 2, folders: [folder.root, second.root] });
    expect(rotation.invite).not.toBe(invite);
    for (const old of [folder, second]) {
      const now = openFolder(old.root, temp.env);
      expect(now.key).toEqual(parseInvite(rotation.invite));
      expect(now.folderId).toBe(old.folderId);
    }
    expect(fs.readFileSync(path.join(second.stateDir, 'data'), 'utf8')).toBe('history');
    expect(openFolder(foreign.root, temp.env)).toEqual(foreign);
    expect(fs.existsSync(keyFileOf(folder.groupId.toString('hex'), temp.env))).toBe(false);
    expect(inviteOf(folder.root, temp.env)).toBe(rotation.invite);
  });

  it('reaches a folder that was unmounted meanwhile when it is opened', () => {
    const { folder, invite } = initFolder(temp.folder('a'), temp.env);
    const { folder: away } = joinFolder(temp.folder('b'), parseInvite(invite), temp.env);
    fs.renameSync(away.root, `${away.root}.away`);
    const rotation = rotate(folder.root, temp.env);
    fs.renameSync(`${away.root}.away`, away.root);
    expect(openFolder(away.root, temp.env).key).toEqual(parseInvite(rotation.invite));
    expect(JSON.parse(fs.readFileSync(markerOf(away.root), 'utf8')).epoch).toBe(2);
  });
});

describe('leave', () => {
  it('forgets marker, list entry, state and key, and keeps every file', () => {
    const { folder } = initFolder(temp.folder('a'), temp.env);
    fs.writeFileSync(path.join(folder.root, 'file'), 'content');
    expect(leaveFolder(folder.root, temp.env)).toEqual({ root: folder.root, keyRemoved: true, remains: false });
    expect(fs.readdirSync(folder.root)).toEqual(['file']);
    expect(roots()).toEqual([]);
    expect(keysKept()).toEqual([]);
    expect(fs.existsSync(folder.stateDir)).toBe(false);
    refusal('not-joined', () => openFolder(folder.root, temp.env));
  });

  it('keeps the key while another folder is in the group, and the trash in the folder', () => {
    const { folder, invite } = initFolder(temp.folder('a'), temp.env);
    const { folder: other } = joinFolder(temp.folder('b'), parseInvite(invite), temp.env);
    const trash = path.join(folder.root, '.p2psync', 'trash');
    fs.mkdirSync(trash);
    fs.writeFileSync(path.join(trash, 'kept'), '');
    expect(leaveFolder(folder.root, temp.env)).toMatchObject({ keyRemoved: false, remains: true });
    expect(fs.readdirSync(trash)).toEqual(['kept']);
    expect(openFolder(other.root, temp.env)).toEqual(other);
  });

  it('works for a folder that no longer exists, and so does the invite before it', () => {
    const { folder, invite } = initFolder(temp.folder('a'), temp.env);
    fs.rmSync(folder.root, { recursive: true });
    expect(inviteOf(folder.root, temp.env)).toBe(invite);
    expect(leaveFolder(folder.root, temp.env)).toMatchObject({ keyRemoved: true, remains: true });
    expect(roots()).toEqual([]);
  });

  it('of a folder that is in no group is refused', () => {
    refusal('not-joined', () => leaveFolder(temp.folder('a'), temp.env));
  });
});

function filesBelow(directory: string): string[] {
  const entries = fs.readdirSync(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}
