/** Runs TypeScript that imports the sources in processes of its own. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');

export interface Child {
  readonly stdout: string;
  readonly status: number | null;
  readonly signal: string | null;
}

/** The function starts the program with arguments and resolves when it ends. */
export async function childProgram(source: string): Promise<(...args: string[]) => Promise<Child>> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-child-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const outfile = path.join(directory, 'child.mjs');
  const stdin = { contents: source, resolveDir: REPOSITORY, loader: 'ts' } as const;
  await build({
    stdin,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
    logLevel: 'error',
  });
  // Packages are looked for from wherever the bundle stands.
  fs.symlinkSync(path.join(REPOSITORY, 'node_modules'), path.join(directory, 'node_modules'));
  return (...args) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [outfile, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.once('error', reject);
      child.once('close', (status, signal) => resolve({ stdout, status, signal }));
    });
}
