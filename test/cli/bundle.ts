/**
 * The real program in one bundle, with the engine replaced by engine-script.ts: what is tested through it is
 * everything from the arguments to the terminal, without a network.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ENGINES = /\/converge\/(once|check|listen)\.js$/;

export interface Bundle {
  /** The program's file: run it with node. */
  readonly cli: string;
  remove(): void;
}

/** Below build/, so that native packages are found as from dist/. */
export async function bundleCli(): Promise<Bundle> {
  await mkdir(path.join(root, 'build'), { recursive: true });
  const directory = mkdtempSync(path.join(root, 'build', 'test-cli-'));
  await build({
    absWorkingDir: root,
    entryPoints: [{ in: 'src/cli/main.ts', out: 'cli' }],
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    plugins: [
      {
        name: 'engine-script',
        setup(esbuild) {
          esbuild.onResolve({ filter: ENGINES }, () => ({ path: path.join(root, 'test/cli/engine-script.ts') }));
        },
      },
    ],
  });
  return { cli: path.join(directory, 'cli.js'), remove: () => rmSync(directory, { recursive: true, force: true }) };
}
