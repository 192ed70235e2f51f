/** What `p2psync service` prints is run by a shell in an empty home, with the managers' programs replaced. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Program } from './program.js';

/** A folder's name that systemd, cron, XML and the shell each could take apart. */
const AWKWARD = 'my 100% "$HOME" <photos> & \'more\'';

let program: Program;
let folder: string;
beforeAll(async () => {
  program = await Program.open();
  folder = program.joined(AWKWARD);
});
afterAll(() => program?.close());

async function printed(kind: string): Promise<string> {
  const { status, out, err } = await program.call(['service', folder, '--kind', kind]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return out;
}

/** Runs the script with `home` as its home; each of `stubs` notes its arguments and succeeds. */
function install(script: string, ...stubs: string[]): { home: string; calls: string } {
  const home = program.folder(`home-${stubs[0]}`);
  const bin = program.folder(`bin-${stubs[0]}`);
  for (const stub of stubs)
    fs.writeFileSync(path.join(bin, stub), `#!/bin/sh\necho ${stub} "$@" >> "$HOME/calls"\n`, { mode: 0o755 });
  const run = spawnSync('sh', [], {
    input: script,
    env: { HOME: home, PATH: `${bin}:${process.env.PATH}` },
    encoding: 'utf8',
  });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  return { home, calls: fs.readFileSync(path.join(home, 'calls'), 'utf8') };
}

it('says on standard error what is still missing, and prints all the same', async () => {
  const alone = program.folder('alone');
  const { status, out, err } = await program.call(['service', alone, '--kind', 'cron']);
  expect({ status, prints: out.includes('@reboot') }).toEqual({ status: 0, prints: true });
  expect(err).toMatch(/^p2psync: .*status 20: folder .*alone is in no group: run p2psync init .*\n$/);
  const ci = await program.call(['service', alone, '--kind', 'cron', '--key-file', 'key']);
  expect(ci).toMatchObject({ status: 0, err: '' });
});

describe('systemd', () => {
  it('writes units with absolute paths that systemd accepts, and starts them', async () => {
    const { home, calls } = install(await printed('systemd'), 'systemctl');
    expect(calls).toContain('--user enable --now p2psync-listen.service p2psync-once.timer');
    const units = path.join(home, '.config/systemd/user');
    expect(fs.readdirSync(units).sort()).toEqual([
      'p2psync-listen.service',
      'p2psync-once.service',
      'p2psync-once.timer',
    ]);
    const listen = fs.readFileSync(path.join(units, 'p2psync-listen.service'), 'utf8');
    expect(listen).toContain(`ExecStart=${process.execPath} /`);
    expect(listen).toContain('my 100%% \\"$$HOME\\" <photos> & \'more\'"');
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) return;
    const files = fs.readdirSync(units).map((name) => path.join(units, name));
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], { encoding: 'utf8' });
    expect(verified.stderr.split('\n').filter((line) => line.includes('p2psync'))).toEqual([]);
    expect(verified.status).toBe(0);
  });
});

describe('launchd', () => {
  it('writes agents whose words are exactly those of the command', async () => {
    const { home, calls } = install(await printed('launchd'), 'launchctl');
    expect(calls).toMatch(/load .*p2psync\.listen\.plist .*p2psync\.once\.plist/);
    const plist = fs.readFileSync(path.join(home, 'Library/LaunchAgents/p2psync.once.plist'), 'utf8');
    const words = [...plist.matchAll(/^ {4}<string>(.*)<\/string>$/gm)].map(([, word]) =>
      word?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
    );
    expect([words[0], ...words.slice(2)]).toEqual([process.execPath, 'once', '-q', '--lock', 'skip', '--', folder]);
    expect(path.isAbsolute(words[1] ?? '')).toBe(true);
  });
});

describe('cron', () => {
  it('prints lines that cron hands to the shell as the very command', async () => {
    const line = (await printed('cron')).split('\n').find((each) => each.startsWith('*/15'));
    const fields = line?.split(' ').slice(5).join(' ') ?? '';
    const command = fields.replaceAll('\\%', '%'); // as cron does; a bare % would be a line break
    expect(fields.replaceAll('\\%', '')).not.toContain('%');
    const words = spawnSync('sh', ['-c', `set -- ${command}; for w; do printf '%s\\n' "$w"; done`], {
      encoding: 'utf8',
    });
    expect(words.stdout.trim().split('\n').slice(2)).toEqual(['once', '-q', '--lock', 'skip', '--', folder]);
  });

  it('carries along where keys and state are, when the user has set that', async () => {
    const { out } = await program.call(['service', '--kind', 'cron', '--state-dir', 'state', '--key-file', 'key'], {
      env: { P2PSYNC_CONFIG_DIR: '/srv/my config' },
    });
    expect(out).toContain("P2PSYNC_CONFIG_DIR='/srv/my config' ");
    expect(out).toContain(`--key-file ${program.home}/key --state-dir ${program.home}/state`);
    expect(out.split('\n').filter((line) => / -- /.test(line))).toEqual([]);
  });
});

it('--kind of another name is refused', async () => {
  expect(await program.call(['service', '--kind', 'upstart'])).toMatchObject({ status: 2, out: '' });
});
