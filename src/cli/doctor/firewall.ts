/** Which firewall there is, what it says, and the commands that let peers through. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../../report/finding.js';
import type { Environment, Invocation } from '../invocation.js';
import { said } from './said.js';

export function* firewallFindings(
  { env, settings: { port } }: Pick<Invocation, 'env' | 'settings'>,
  platform: NodeJS.Platform = process.platform,
): Generator<Finding> {
  const found = [...FIREWALLS.filter((each) => each.platform === platform)].flatMap(
    (each) => each.look(port, env) ?? [],
  );
  if (found.length > 0) yield* found;
  else yield { about: 'firewall', level: 'good', message: 'none was found on this computer' };
}

interface Firewall {
  readonly platform: NodeJS.Platform;
  /** Undefined: it is not there. */
  look(port: number, env: Environment): Finding | undefined;
}

const FIREWALLS: readonly Firewall[] = [
  { platform: 'linux', look: ufw },
  { platform: 'linux', look: firewalld },
  { platform: 'linux', look: nft },
  { platform: 'win32', look: netsh },
  { platform: 'darwin', look: macos },
];

function ufw(port: number, env: Environment): Finding | undefined {
  if (!isInstalled('ufw', env)) return undefined;
  const status = said('ufw', ['status'], env);
  const fix = `sudo ufw allow ${port}/udp && sudo ufw allow ${port}/tcp`;
  if (status === undefined)
    return {
      about: 'firewall',
      level: 'note',
      message: `ufw is installed; only root may ask whether it blocks port ${port}`,
      fix,
    };
  if (/inactive/.test(status)) return { about: 'firewall', level: 'good', message: 'ufw is not active' };
  const opened = ['udp', 'tcp'].filter((protocol) => new RegExp(`^${port}(/${protocol})?\\s+ALLOW`, 'm').test(status));
  if (opened.length === 2) return { about: 'firewall', level: 'good', message: `ufw lets port ${port} through` };
  return { about: 'firewall', level: 'failure', message: `ufw is active and has no rule for port ${port}`, fix };
}

function firewalld(port: number, env: Environment): Finding | undefined {
  if (said('firewall-cmd', ['--state'], env) !== 'running') return undefined;
  const ports = (said('firewall-cmd', ['--list-ports'], env) ?? '').split(/\s+/);
  const missing = ['udp', 'tcp'].filter((protocol) => !ports.includes(`${port}/${protocol}`));
  if (missing.length === 0) return { about: 'firewall', level: 'good', message: `firewalld lets port ${port} through` };
  const options = missing.map((protocol) => `--add-port=${port}/${protocol}`).join(' ');
  return {
    about: 'firewall',
    level: 'failure',
    message: `firewalld runs and its zone has no port ${missing.map((protocol) => `${port}/${protocol}`).join(', ')}`,
    fix: `sudo firewall-cmd --permanent ${options} && sudo firewall-cmd --reload`,
  };
}

/** A rule set of one's own can say anything: whether it lets the port through is for its owner to see. */
function nft(port: number, env: Environment): Finding | undefined {
  if (!isInstalled('nft', env)) return undefined;
  const rules = said('nft', ['list', 'ruleset'], env);
  const show = 'sudo nft list ruleset';
  if (rules === undefined)
    return {
      about: 'firewall',
      level: 'note',
      message: 'nftables is installed; only root may see its rules',
      fix: show,
    };
  const chain = /table (\w+ \S+) \{(?:(?!\ntable)[\s\S])*?chain (\S+) \{\s*type filter hook input[^}]*policy drop/.exec(
    rules,
  );
  if (chain === null) return { about: 'firewall', level: 'good', message: 'nftables drops nothing by default' };
  if (new RegExp(`dport (\\{[^}]*\\b)?${port}\\b`).test(rules)) {
    return { about: 'firewall', level: 'good', message: `nftables has a rule for port ${port}` };
  }
  const rule = (protocol: string) => `sudo nft add rule ${chain[1]} ${chain[2]} ${protocol} dport ${port} accept`;
  return {
    about: 'firewall',
    level: 'failure',
    message: `nftables drops by default (${chain[1]} ${chain[2]}) and has no rule for port ${port}`,
    fix: `${rule('udp')} && ${rule('tcp')}`,
  };
}

function netsh(port: number): Finding {
  const rule = (protocol: string) =>
    `netsh advfirewall firewall add rule name=p2psync-${protocol} dir=in action=allow protocol=${protocol} localport=${port}`;
  return {
    about: 'firewall',
    level: 'note',
    message: `the Windows firewall asks at the first \`p2psync listen\`; an administrator can allow port ${port} before`,
    fix: `${rule('udp')} & ${rule('tcp')}`,
  };
}

function macos(_port: number, env: Environment): Finding | undefined {
  const program = '/usr/libexec/ApplicationFirewall/socketfilterfw';
  const state = said(program, ['--getglobalstate'], env);
  if (state === undefined || /disabled/.test(state)) return undefined;
  return {
    about: 'firewall',
    level: 'warning',
    message: 'the firewall of macOS is on',
    fix: `sudo ${program} --add ${process.execPath} --unblockapp ${process.execPath}`,
  };
}

/** Administration programs are often left out of a user's PATH. */
function isInstalled(program: string, env: Environment): boolean {
  const directories = [...(env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => {
    try {
      accessSync(path.join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
