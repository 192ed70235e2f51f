/** The scripts are sourced by real shells; zsh and fish where they are installed. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.js';
import { bashCompletion } from '../../src/cli/completion-bash.js';
import { fishCompletion } from '../../src/cli/completion-fish.js';
import { zshCompletion } from '../../src/cli/completion-zsh.js';
import { OPTIONS } from '../../src/cli/option-table.js';
import { takes } from '../../src/cli/takes.js';

const NAMES = COMMANDS.map(({ name }) => name).sort();

/** A directory with a folder and a file of names that need care. */
function place(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-completion-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  fs.mkdirSync(path.join(directory, 'my photos'));
  fs.writeFileSync(path.join(directory, 'my film.mkv'), '');
  return directory;
}

function shell(program: string, args: readonly string[], input: string): string {
  const { stdout, stderr, status } = spawnSync(program, args, { cwd: place(), input, encoding: 'utf8' });
  expect({ program, stderr, status }).toEqual({ program, stderr: '', status: 0 });
  return stdout;
}

const has = (program: string) => spawnSync(program, ['--version']).status === 0;

describe.skipIf(!has('bash'))('bash', () => {
  /** The words, and what is offered for the last one. */
  function offered(...words: string[]): string[] {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const call = `COMP_WORDS=(p2psync ${quoted}); COMP_CWORD=${words.length}; _p2psync; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const lines = shell('bash', ['--norc'], `${bashCompletion(COMMANDS)}\n${call}\n`).split('\n');
    return lines.filter((line) => line !== '').sort();
  }

  it('offers commands, then the options of that command alone', () => {
    expect(offered('')).toEqual([...NAMES, 'help'].sort());
    expect(offered('che')).toEqual(['check']);
    for (const name of ['once', 'listen', 'init'] as const) {
      const command = COMMANDS.find((each) => each.name === name);
      const wanted = OPTIONS.filter((spec) => command !== undefined && takes(command, spec)).map(
        (spec) => `--${spec.name}`,
      );
      expect(offered(name, '--')).toEqual(wanted.sort());
    }
  });

  it('offers the values that an option can have, written either way', () => {
    expect(offered('once', '--lock', '')).toEqual(['fail', 'skip', 'wait']);
    expect(offered('once', '--lock', '=', 's')).toEqual(['skip']);
    expect(offered('once', '--lock', '=')).toEqual(['fail', 'skip', 'wait']);
    expect(offered('once', '--port', '')).toEqual([]);
  });

  it('offers folders, files and shells where those are meant, names with spaces whole', () => {
    expect(offered('once', '')).toEqual(['my photos']);
    expect(offered('send', 'my')).toEqual(['my film.mkv', 'my photos']);
    expect(offered('once', '--log-file', '')).toEqual(['my film.mkv', 'my photos']);
    expect(offered('completion', '')).toEqual(['bash', 'fish', 'zsh']);
    expect(offered('completion', 'z')).toEqual(['zsh']);
  });
});

describe.skipIf(!has('zsh'))('zsh', () => {
  /** What `_arguments` and `_describe` are given, with those two replaced: a real completion needs a terminal. */
  it('loads without a complaint and gives each command its options', () => {
    const script = `autoload -Uz compinit; compinit -u -D
${zshCompletion(COMMANDS)}
print -r -- \${_comps[p2psync]}
_describe() { print -rl -- \${(P)4} }
_arguments() { if [[ $1 == -C ]]; then state=$wanted; line=($chosen); else print -rl -- "$@"; fi }
wanted=command; _p2psync
wanted=argument chosen=once; _p2psync
`;
    const lines = shell('zsh', ['-f'], script).split('\n');
    expect(lines[0]).toBe('_p2psync');
    for (const { name, summary } of COMMANDS) expect(lines).toContain(`${name}:${summary.replaceAll(':', '\\:')}`);
    expect(lines).toContain('--lock=[when another run works on the folder]:skip|wait|fail:(skip wait fail)');
    expect(lines).toContain('*:folder:_directories');
    expect(lines.filter((line) => line.includes('--dry-run'))).toHaveLength(2);
    expect(lines.some((line) => line.includes('--allow-delete['))).toBe(false);
  });
});

describe.skipIf(!has('fish'))('fish', () => {
  const offered = (line: string) =>
    shell('fish', ['--no-config', '-c', `${fishCompletion(COMMANDS)}\ncomplete -C '${line}'`], '')
      .split('\n')
      .map((each) => each.split('\t')[0])
      .filter((word) => word !== '')
      .sort();

  it('offers commands, options, values and folders', () => {
    expect(offered('p2psync ')).toEqual(NAMES);
    expect(offered('p2psync once --lock ')).toEqual(['fail', 'skip', 'wait']);
    expect(offered('p2psync once --dry')).toEqual(['--dry-run']);
    expect(offered('p2psync init --dry')).toEqual([]);
    expect(offered('p2psync completion ')).toEqual(['bash', 'fish', 'zsh']);
    expect(offered('p2psync once ')).toEqual(['my photos/']);
  });
});
