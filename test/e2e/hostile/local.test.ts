/** What a disk and a local user can do, against listener and initiator: tests 19 and 20 of docs/SECURITY.md. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatInvite } from '../../../src/wire/invite.js';
import { type Arena, useArena } from './arena.js';

let arena: Arena;
useArena((made) => {
  arena = made;
});

const isRoot = process.getuid?.() === 0;

describe('what is no file', () => {
  test('19 B: a FIFO, a socket and a device are skipped, reported, and hold nothing up', async () => {
    const servers: net.Server[] = [];
    for (const { folder } of [arena.server, arena.client]) {
      execFileSync('mkfifo', [path.join(folder, 'fifo')]);
      const server = net.createServer();
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(path.join(folder, 'socket'), resolve));
      if (isRoot) execFileSync('mknod', [path.join(folder, 'device'), 'c', '1', '3']);
    }
    const run = await arena.meet(0);
    const skipped = run.events.filter(({ type, code }) => type === 'problem' && code === 'special');
    expect(skipped.map(({ path: name }) => name).sort()).toEqual([...(isRoot ? ['device'] : []), 'fifo', 'socket']);
    await arena.honestRun();
    const told = arena.listener.events.filter(({ type, code }) => type === 'problem' && code === 'special');
    expect(told.length).toBeGreaterThanOrEqual(2);
    for (const server of servers) server.close();
    for (const { folder } of [arena.server, arena.client])
      for (const name of ['fifo', 'socket', 'device']) fs.rmSync(path.join(folder, name), { force: true });
  });

  test('19 B: a file that a FIFO takes the place of while a peer asks for it holds nothing up', async () => {
    const file = path.join(arena.server.folder, 'turns-into-a-fifo');
    fs.writeFileSync(file, 'x');
    await arena.honestRun();
    fs.rmSync(file);
    fs.rmSync(path.join(arena.client.folder, 'turns-into-a-fifo'));
    execFileSync('mkfifo', [file]);
    const started = performance.now();
    await arena.meet(0);
    expect(performance.now() - started).toBeLessThan(20_000);
    fs.rmSync(file);
  });
});

describe('test 20: the key', () => {
  /** Every way in which a key file can be wrong, tried by the command that would read it. */
  test('20 B: a key file that others can read, or that is a symlink or foreign, is refused by once and by listen', async () => {
    const good = path.join(arena.directory, 'key');
    fs.writeFileSync(good, `${formatInvite(arena.key)}\n`, { mode: 0o600 });
    const readable = path.join(arena.directory, 'key-readable');
    fs.writeFileSync(readable, `${formatInvite(arena.key)}\n`);
    fs.chmodSync(readable, 0o644);
    const link = path.join(arena.directory, 'key-link');
    fs.symlinkSync(good, link);
    const foreign = path.join(arena.directory, 'key-foreign');
    if (isRoot) {
      fs.copyFileSync(good, foreign);
      fs.chmodSync(foreign, 0o600);
      fs.chownSync(foreign, 12345, 12345);
    }
    const folder = path.join(arena.directory, 'by-key');
    fs.mkdirSync(folder);
    const secret = formatInvite(arena.key).slice(16);
    for (const file of [readable, link, ...(isRoot ? [foreign] : [])]) {
      for (const command of ['once', 'listen']) {
        const args = [command, folder, '--key-file', file, ...(command === 'once' ? ['--no-discover'] : [])];
        const run = await arena.client.run(args, { accept: [2] });
        expect(run.stdout + run.stderr).not.toContain(secret);
        expect(run.stderr).toContain(path.basename(file));
      }
    }
    expect(fs.readdirSync(folder)).toEqual([]);
    const peer = ['--peer', `127.0.0.1:${arena.listener.port}`, '--no-discover'];
    await arena.client.run(['once', folder, '--key-file', good, ...peer], { accept: [0] });
  });

  test('20 B: the secret is in no argument, no environment, no output and no log', async () => {
    const invite = formatInvite(arena.key);
    const parts = [
      invite,
      invite.slice(16, 40),
      Buffer.from(arena.key.secret).toString('hex'),
      Buffer.from(arena.key.secret).toString('base64'),
    ];
    const log = path.join(arena.directory, 'log');
    const seen: string[] = [];
    const peer = ['--peer', `127.0.0.1:${arena.listener.port}`, '--no-discover'];
    const look = (pid: number): void => {
      for (const name of ['cmdline', 'environ']) seen.push(fs.readFileSync(`/proc/${pid}/${name}`, 'latin1'));
    };
    look(arena.listener.pid);
    const run = await arena.client.run(['once', arena.client.folder, ...peer, '--json', '-v', '--log-file', log]);
    seen.push(run.stdout, run.stderr, JSON.stringify(arena.listener.events), fs.readFileSync(log, 'latin1'));
    for (const text of seen) for (const part of parts) expect(text).not.toContain(part);
    const refused = await arena.client.run(['join', arena.client.folder, invite], { accept: [2, 20] });
    expect(refused.stdout + refused.stderr).not.toContain(invite.slice(16));
  });
});
