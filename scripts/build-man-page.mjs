/** Writes dist/p2psync.1, the manual page, from the same tables as `--help`. */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export async function buildManPage(root) {
  const outdir = path.join(root, 'build/man-page');
  // Commands stay chunks of their own that are never loaded: the tables alone are wanted.
  const entryPoints = ['src/cli/man-page.ts'];
  const bundled = { bundle: true, splitting: true, format: 'esm', platform: 'node', packages: 'external' };
  await build({ absWorkingDir: root, entryPoints, outdir, ...bundled, logLevel: 'error' });
  const { manPage } = await import(pathToFileURL(path.join(outdir, 'man-page.js')).href);
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  fs.mkdirSync(path.join(root, 'dist'), { recursive: true });
  fs.writeFileSync(path.join(root, 'dist/p2psync.1'), manPage(version));
}
