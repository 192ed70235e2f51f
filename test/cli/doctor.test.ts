/** What the doctor concludes from what it sees; other programs of the system are replaced by scripts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clockFindings } from '../../src/cli/doctor/clock.js';
import { firewallFindings } from '../../src/cli/doctor/firewall.js';
import { peerFinding } from '../../src/cli/doctor/folder.js';
import { nodeFinding } from '../../src/cli/doctor/node.js';
import { DEFAULTS } from '../../src/cli/settings.js';
import { SyncError } from '../../src/model/sync-error.js';

/** An environment whose PATH has these programs first: name → what its shell script says. */
function programs(scripts: Readonly<Record<string, string>>): { PATH: string } {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'p2psync-doctor-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(path.join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return { PATH: `${directory}:/bin:/usr/bin` };
}

const NOW = Date.parse('2026-11-23T00:00:00Z');

describe('Node', () => {
  it.each([
    ['20.20.2', 'warning', 'no security fixes since 2026-04-30'],
    ['24.21.0', 'good', 'until 2028-04-30'],
    ['22.1.0', 'good', 'until 2027-04-30'],
    ['25.0.0', 'warning', 'no security fixes since 2026-06-01'],
    ['99.0.0', 'note', 'does not know'],
  ])('%s in November 2026 is a %s: %s', (version, level, message) => {
    expect(nodeFinding(version, NOW)).toMatchObject({ level, message: expect.stringContaining(message) });
  });

  it('says so before the end comes, and which version to take', () => {
    const soon = nodeFinding('22.1.0', Date.parse('2027-04-20T00:00:00Z'));
    expect(soon).toMatchObject({ level: 'warning', message: expect.stringContaining('in 11 days') });
    expect(nodeFinding('20.0.0', Date.parse('2026-05-10')).fix).toContain('Node 24');
    expect(nodeFinding('20.0.0', NOW).fix).toContain('Node 26');
  });
});

describe('the clock', () => {
  const look = (says: string, now = NOW) => [
    ...clockFindings({ clock: () => now, env: programs({ timedatectl: says }) }),
  ];

  it.each([
    ['echo yes', 'good', undefined],
    ['echo no', 'warning', 'sudo timedatectl set-ntp true'],
    ['exit 1', 'note', undefined],
  ])('when timedatectl does %j it is %s', (says, level, fix) => {
    expect(look(says)).toEqual([expect.objectContaining({ level, ...(fix === undefined ? {} : { fix }) })]);
  });

  it('that is older than the program is a failure', () => {
    expect(look('echo yes', Date.parse('2010-01-01'))).toEqual([expect.objectContaining({ level: 'failure' })]);
  });
});

describe('the firewall', () => {
  const look = (scripts: Readonly<Record<string, string>>, platform: NodeJS.Platform = 'linux') =>
    [...firewallFindings({ env: programs(scripts), settings: { ...DEFAULTS, port: 22_327 } }, platform)].find(
      ({ message }) => platform !== 'linux' || new RegExp(Object.keys(scripts)[0]?.slice(0, 3) ?? '').test(message),
    );
  const RULESET = (rule: string) =>
    `cat <<'END'\ntable inet mine {\n\tchain in {\n\t\ttype filter hook input priority filter; policy drop;\n\t\t${rule}\n\t}\n}\nEND`;

  it.each([
    ['ufw', 'echo Status: inactive', 'good', undefined],
    ['ufw', 'echo Status: active', 'failure', 'sudo ufw allow 22327/udp && sudo ufw allow 22327/tcp'],
    ['ufw', 'echo Status: active; echo "22327                      ALLOW       Anywhere"', 'good', undefined],
    ['ufw', 'echo Status: active; echo "22327/tcp                  ALLOW       Anywhere"', 'failure', 'sudo ufw allow'],
    ['ufw', 'exit 1', 'note', 'sudo ufw allow'],
    [
      'firewall-cmd',
      'if [ "$1" = --state ]; then echo running; else echo 80/tcp 22327/udp; fi',
      'failure',
      '--add-port=22327/tcp &&',
    ],
    ['firewall-cmd', 'if [ "$1" = --state ]; then echo running; else echo 22327/tcp 22327/udp; fi', 'good', undefined],
    ['nft', RULESET('tcp dport 22 accept'), 'failure', 'sudo nft add rule inet mine in udp dport 22327 accept'],
    ['nft', RULESET('meta l4proto { tcp, udp } th dport { 22, 22327 } accept'), 'good', undefined],
    ['nft', 'echo', 'good', undefined],
    ['nft', 'exit 1', 'note', 'sudo nft list ruleset'],
  ])('%s that does %j is %s', (program, script, level, fix) => {
    const found = look({ [program]: script });
    expect(found).toMatchObject({ about: 'firewall', level });
    if (fix === undefined) expect(found).not.toHaveProperty('fix');
    else expect(found?.fix).toContain(fix);
  });

  it('of Windows is told by its own command', () => {
    expect(look({}, 'win32')?.fix).toContain('netsh advfirewall firewall add rule');
  });
});

describe('a peer', () => {
  const address = '192.0.2.7:22327';

  it('that answers is good, unless its clock is off', () => {
    const reached = { kind: 'reached', name: 'nas', address, rttMs: 0.4 } as const;
    expect(peerFinding({ ...reached, ahead: 3_000 }, 22_327)).toMatchObject({ level: 'good' });
    expect(peerFinding({ ...reached, ahead: -180_000 }, 22_327)).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('3m00s behind this one'),
    });
  });

  it('that answers probes but takes no session is a failure: TCP is blocked', () => {
    const error = new SyncError('timeout', 'did not answer');
    expect(peerFinding({ kind: 'refused', address, error }, 22_327)).toMatchObject({ level: 'failure' });
  });

  it('that is silent gets different advice when its TCP port is open', () => {
    const silent = { kind: 'silent', name: 'nas', address } as const;
    expect(peerFinding({ ...silent, connects: true }, 22_327).fix).toBe('on nas: sudo ufw allow 22327/udp');
    expect(peerFinding({ ...silent, connects: false }, 22_327).fix).toBe('on nas: p2psync listen');
  });
});
