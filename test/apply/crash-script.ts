/** Runs the scenario in the folder that is named; markers show in the trace where it begins and ends. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { openStage } from '../../src/apply/stage.js';
import { openRoot } from '../../src/disk/anchored-root.js';
import { apply } from './crash-scenario.js';

const root = openRoot(process.argv[2] ?? '');
fs.accessSync('/', fs.constants.F_OK);
let failures: string[];
try {
  const stage = openStage(root, { random: randomBytes, now: Date.now });
  failures = apply(stage);
  stage.close();
} catch (error) {
  failures = [(error as { code?: string }).code ?? String(error)];
}
fs.accessSync('/', fs.constants.F_OK);
process.stdout.write(JSON.stringify(failures));
