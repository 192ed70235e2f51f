/** Runs steps of scripts/build.mjs; a step whose output is up to date changes nothing. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Throws with the build's own output if it fails, which fails the run. */
export function runBuild(...steps: string[]): void {
  execFileSync(process.execPath, ['scripts/build.mjs', ...steps], { cwd: root, stdio: 'inherit' });
}
