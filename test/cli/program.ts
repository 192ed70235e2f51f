/** Starts the bundled program in a home of its own, with or without a terminal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { groupEnv } from '../../src/group/group-env.js';
import { initFolder } from '../../src/group/join.js';
import { type Bundle, bundleCli } from './bundle.js';
import type { Step } from './engine-script.js';

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CallOptions {
  readonly script?: readonly Step[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** On a terminal: a shell command that comes first. */
  readonly before?: string;
  /** Standard output goes there instead of to the test. */
  readonly outFile?: string;
}

export class Program {
  readonly home: string;
  readonly #bundle: Bundle;
  readonly #children: ChildProcess[] = [];

  private constructor(bundle: Bundle) {
    this.#bundle = bundle;
    this.home = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'p2psync-cli-')));
  }

  static async open(): Promise<Program> {
    return new Program(await bundleCli());
  }

  /** A new directory in the home. */
  folder(name: string): string {
    const made = path.join(this.home, name);
    mkdirSync(made, { recursive: true });
    return made;
  }

  /** A member of a new group. */
  joined(name: string): string {
    const made = this.folder(name);
    initFolder(made, groupEnv({ variables: {}, home: this.home }));
    return made;
  }

  async call(argv: readonly string[], options: CallOptions = {}): Promise<Ended> {
    const child = this.start(argv, options);
    child.stdin?.end(options.input ?? '');
    return ended(child);
  }

  start(argv: readonly string[], options: CallOptions = {}): ChildProcess {
    const out = options.outFile === undefined ? 'pipe' : openSync(options.outFile, 'a');
    const child = spawn(process.execPath, [this.#bundle.cli, ...argv], {
      cwd: options.cwd ?? this.home,
      env: this.#env(options),
      stdio: ['pipe', out, 'pipe'],
    });
    if (out !== 'pipe') closeSync(out);
    this.#children.push(child);
    return child;
  }

  /** On a terminal of 80×24 (`script` makes one); standard output and error both arrive in `out`. */
  startOnTerminal(argv: readonly string[], options: CallOptions = {}): ChildProcess {
    const words = [process.execPath, this.#bundle.cli, ...argv].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const command = `stty cols 80 rows 24; ${options.before ?? ':'}; exec ${words.join(' ')}`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: options.cwd ?? this.home,
      env: { ...this.#env(options), TERM: 'xterm', SHELL: '/bin/sh', ...options.env },
    });
    this.#children.push(child);
    return child;
  }

  /** A test that failed may have left its program running. (`script` hangs its terminal up, which ends what runs in it.) */
  close(): void {
    for (const child of this.#children) child.kill('SIGTERM');
    this.#bundle.remove();
    rmSync(this.home, { recursive: true, force: true });
  }

  #env({ env, script }: CallOptions): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.home,
      LANG: 'C.UTF-8',
      ENGINE_SCRIPT: JSON.stringify(script ?? []),
      ...env,
    };
  }
}

export function ended(child: ChildProcess): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (data) => {
    out += data;
  });
  child.stderr?.on('data', (data) => {
    err += data;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, out, err }));
  });
}

/** Resolves once the stream has printed the text. */
export function printed(child: ChildProcess, stream: 'stdout' | 'stderr', text: string): Promise<void> {
  let seen = '';
  return new Promise((resolve, reject) => {
    child[stream]?.on('data', (data) => {
      seen += data;
      if (seen.includes(text)) resolve();
    });
    child.once('close', () => reject(new Error(`ended without printing ${JSON.stringify(text)}: ${seen}`)));
  });
}
