/**
 * Builds everything that is not committed: the WASM kernel (src/delta/kernel.generated.ts), the bundle
 * (dist/cli.js, dist/index.js, workers), the manual page (dist/p2psync.1) and the type declarations (dist/types).
 * `node scripts/build.mjs [kernel] [bundle] [man] [types]`; without names: all of them, in this order.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildManPage } from './build-man-page.mjs';
import { bundle } from './bundle.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function build(steps = ['kernel', 'bundle', 'man', 'types']) {
  if (steps.includes('kernel')) await import('./build-kernel.mjs');
  if (steps.includes('bundle')) await bundle(root);
  if (steps.includes('man')) await buildManPage(root);
  if (steps.includes('types')) emitTypes();
}

/** Declarations of what src/index.ts exports; the old ones go first, so that none outlives its source. */
function emitTypes() {
  fs.rmSync(`${root}/dist/types`, { recursive: true, force: true });
  const tsc = `${root}/node_modules/typescript/bin/tsc`;
  const run = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (run.status !== 0) throw new Error(`tsc -p tsconfig.build.json ended with status ${run.status}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const named = process.argv.slice(2);
  try {
    await build(named.length > 0 ? named : undefined);
  } catch (error) {
    // esbuild has printed its own findings already.
    console.error(error.errors === undefined ? error : `the bundle has ${error.errors.length} errors`);
    process.exitCode = 1;
  }
}
