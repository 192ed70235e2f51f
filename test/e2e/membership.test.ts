/** Folders, keys and invites that are not as they should be: the status, and whether the message helps. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Machine, makeMachine } from '../../scripts/machine.mjs';
import { at, endOfAll, freshPort, openGroup, startListening, writeTree } from './group.js';
import { messagesOf } from './said.js';

describe('a machine', () => {
  const atEnd = endOfAll();
  let directory: string;
  let invite: string;
  let one: Machine;
  let peer: number;

  beforeAll(async () => {
    const group = await openGroup(atEnd, [{ a: 'a' }, { b: 'b' }]);
    ({ directory, invite } = group);
    one = at(group.machines, 0);
    peer = (await startListening(atEnd, at(group.machines, 1))).port;
  });

  const folder = (name: string): string => {
    writeTree(path.join(directory, name), {});
    return path.join(directory, name);
  };

  test('is told the two commands for a folder that was never joined', async () => {
    const { stderr } = await one.run(['once', folder('unjoined')], { accept: [20] });
    expect(stderr).toContain(`p2psync init ${directory}/unjoined`);
    expect(stderr).toContain(`p2psync join ${directory}/unjoined`);
  });

  test('is told the two commands when it listens without any folder', async () => {
    const nobody = makeMachine({ name: 'new', folder: folder('new'), home: folder('new-home') });
    const { stderr } = await nobody.run(['listen'], { accept: [20] });
    expect(stderr).toMatch(/p2psync init .*p2psync join /s);
  });

  test('is told that a folder is missing, and does not make it', async () => {
    const { stderr } = await one.run(['once', path.join(directory, 'nowhere')], { accept: [20] });
    expect(stderr).toContain('does not exist');
    expect(fs.existsSync(path.join(directory, 'nowhere'))).toBe(false);
  });

  test('refuses a folder whose marker is gone, as of an unmounted disk, and touches nothing', async () => {
    const bare = folder('bare');
    await one.run(['join', bare], { input: invite });
    fs.rmSync(path.join(bare, '.p2psync'), { recursive: true });
    const { stderr } = await one.run(['once', bare, '--peer', `127.0.0.1:${peer}`], { accept: [20] });
    expect(stderr).toContain('is the disk mounted?');
    expect(fs.readdirSync(bare)).toEqual([]);
  });

  test('is shown the place of a typo in an invite, and not the invite', async () => {
    const wrong = `${invite.slice(0, 20)}${invite[20] === 'A' ? 'B' : 'A'}${invite.slice(21)}`;
    const { stderr } = await one.run(['join', folder('typo')], { input: wrong, accept: [2] });
    expect(stderr).toMatch(/character \d of group \d is wrong/);
    expect(stderr).not.toContain(wrong.slice(9, 30));
  });

  test('never takes an invite from the arguments', async () => {
    const { stderr } = await one.run(['join', folder('argument'), invite], { accept: [2] });
    expect(stderr).toContain('never taken from the arguments');
    expect(stderr).not.toContain(invite.slice(9, 30));
    expect(fs.existsSync(path.join(directory, 'argument/.p2psync'))).toBe(false);
  });

  test('refuses a key file that others may read, and joins a new folder with one of its own', async () => {
    const ci = folder('ci');
    const keyFile = path.join(directory, 'key');
    fs.writeFileSync(keyFile, invite, { mode: 0o644 });
    const command = ['once', ci, '--key-file', keyFile, '--no-discover', '--peer', `127.0.0.1:${peer}`];
    const refused = await one.run(command, { accept: [2] });
    expect(refused.stderr).toContain('chmod 600');
    fs.chmodSync(keyFile, 0o600);
    await one.run(command);
    expect(fs.readFileSync(path.join(ci, 'b'), 'utf8')).toBe('b');
  });

  test('meets nobody: 21, and advice that fits to how it asked', async () => {
    const asked = await one.once({ ports: [freshPort()], options: ['--discover-time', '200ms'], accept: [21] });
    expect(asked.summary).toMatchObject({ exit: 21, error: { code: 'no-peers' }, converged: false });
    expect(messagesOf(asked)).toContain('ECONNREFUSED');
    const port = String(freshPort());
    const args = ['once', one.folder, '--interface', '127.0.0.1', '--port', port, '--discover-time', '200ms'];
    expect((await one.run(args, { accept: [21] })).stderr).toContain('p2psync listen');
  });

  test('meets one where two are expected: 21, and nothing was changed', async () => {
    const run = await one.once({ ports: [peer], options: ['--min-peers', '2'], accept: [21] });
    expect(run.summary).toMatchObject({ exit: 21, created: 0 });
    expect(JSON.stringify(run.summary)).toContain('expected at least 2 peers, 1 answered');
    expect(fs.existsSync(path.join(one.folder, 'b'))).toBe(false);
  });

  test('asks a listener of another group: 22, which says so', async () => {
    const strangers = await openGroup(atEnd, [{ s: 's' }]);
    const run = await at(strangers.machines, 0).once({
      ports: [peer],
      options: ['--discover-time', '300ms'],
      accept: [22],
    });
    expect(run.summary).toMatchObject({ exit: 22, error: { code: 'auth' } });
    for (const reason of ['no answer for this group', 'another key', '--allow-from', 'clock', 'firewall'])
      expect(messagesOf(run)).toContain(reason);
  });
});
