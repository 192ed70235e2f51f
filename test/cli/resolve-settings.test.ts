import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandSpec } from '../../src/cli/command-spec.js';
import { commandNamed } from '../../src/cli/command-table.js';
import { resolveSettings } from '../../src/cli/resolve-settings.js';
import { DEFAULTS, type Settings } from '../../src/cli/settings.js';
import { LISTEN_DEFAULTS, RUN_DEFAULTS } from '../../src/converge/run-options.js';

let configDir: string;
beforeEach(() => {
  configDir = mkdtempSync(path.join(os.tmpdir(), 'p2psync-config-'));
});
afterEach(() => rmSync(configDir, { recursive: true, force: true }));

interface Case {
  readonly command?: string;
  readonly given?: Partial<Settings>;
  readonly env?: Record<string, string>;
  readonly config?: unknown;
}

function resolve({ command = 'once', given = {}, env = {}, config }: Case = {}): Settings {
  if (config !== undefined) {
    writeFileSync(path.join(configDir, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  }
  return resolveSettings({ command: commandNamed(command) as CommandSpec, given, env, cwd: '/somewhere', configDir });
}

it('without anything given, the defaults of the engine hold', () => {
  expect(resolve()).toEqual(DEFAULTS);
  expect(resolve()).toMatchObject({ ...LISTEN_DEFAULTS, ...RUN_DEFAULTS });
});

describe('what was given outweighs the environment, that the config file, that the default', () => {
  it('for a place', () => {
    const config = { 'state-dir': 'state' };
    const env = { P2PSYNC_STATE_DIR: '/env' };
    expect(resolve({ config }).stateDir).toBe(path.join(configDir, 'state'));
    expect(resolve({ config, env }).stateDir).toBe('/env');
    expect(resolve({ config, env, given: { stateDir: 'flag' } }).stateDir).toBe('/somewhere/flag');
  });

  it('for a list: it is replaced, not added to', () => {
    const config = { exclude: ['*.tmp', '*.bak'] };
    expect(resolve({ config }).exclude).toEqual(['*.tmp', '*.bak']);
    expect(resolve({ config, given: { exclude: ['x'] } }).exclude).toEqual(['x']);
  });

  it('an empty variable counts as unset', () => {
    expect(resolve({ env: { P2PSYNC_KEY_FILE: '' } }).keyFile).toBeUndefined();
  });
});

describe('the config file', () => {
  it('takes the names of the options, and values as on the command line', () => {
    const config = {
      bwlimit: '10MiB',
      timeout: 7,
      discover: false,
      fsync: true,
      peer: 'nas',
      json: true,
      backup: 'old',
    };
    expect(resolve({ config })).toMatchObject({
      bwlimit: 10_485_760,
      timeout: 7_000,
      discover: false,
      fsync: true,
      peers: ['nas'],
      json: true,
      backup: 'old',
    });
  });

  it('gives a command only what it takes', () => {
    const config = { 'allow-delete': true, delete: true };
    expect(resolve({ config })).toMatchObject({ allowDelete: false, delete: true });
    expect(resolve({ config, command: 'listen' })).toMatchObject({ allowDelete: true, delete: false });
  });

  it.each([
    ['{"prot": 1}', 'unknown key "prot". Did you mean `port`?'],
    ['{"dry-run": true}', 'unknown key "dry-run"'],
    ['{"port": "1e3"}', '"port": expected a whole number'],
    ['{"port": [1]}', 'expected a text or a number, got [1]'],
    ['{"json": "yes"}', 'expected true or false, got "yes"'],
    ['{"allow-delete": 1}', 'expected true or false'],
    ['[1]', 'expected one object'],
    ['{', 'expected JSON'],
  ])('%s is refused with file and reason', (config, message) => {
    expect(() => resolve({ config })).toThrow(message);
    expect(() => resolve({ config })).toThrow('config.json');
  });
});

describe('a backup directory', () => {
  it('is a name below .p2psync/backup, or that directory itself', () => {
    expect(resolve({ given: { backup: 'may/old/' } }).backup).toBe('may/old');
    expect(resolve({ given: { backup: '' } }).backup).toBe('');
    expect(resolve().backup).toBeUndefined();
    expect(resolve({ config: { backup: true } }).backup).toBe('');
  });

  it.each(['/abs', '../up', 'a/../..', '.', '/', '.p2psync/backup'])('%j is refused', (backup) => {
    expect(() => resolve({ given: { backup } })).toThrow('expected a name for a directory');
  });
});
