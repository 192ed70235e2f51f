/**
 * Import direction: dependency-cruiser over src/ with .dependency-cruiser.cjs. Fails also when nothing was cruised
 * (a wrong path would pass otherwise) and when src/ has a folder that no rule speaks of.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const CONFIG = '.dependency-cruiser.cjs';

const report = cruise();
const faults = [...report.summary.violations.map(sentence), ...unruledFolders()];
if (report.summary.totalCruised === 0) faults.push('no module was cruised');
for (const fault of faults) console.error(fault);
console.log(
  `${report.summary.totalCruised} modules, ${report.summary.totalDependenciesCruised} imports, ${faults.length} faults`,
);
process.exitCode = faults.length > 0 ? 1 : 0;

function cruise() {
  const bin = `${root}/node_modules/dependency-cruiser/bin/dependency-cruise.mjs`;
  const args = [bin, 'src', '--config', CONFIG, '--output-type', 'json'];
  const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (!run.stdout.startsWith('{')) throw new Error(`dependency-cruiser gave no report: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

function sentence(violation) {
  const rule = rules().find(({ name }) => name === violation.rule.name);
  const chain = violation.cycle?.map((step) => step.name).join(' → ') ?? violation.to;
  return `${violation.from} → ${chain}\n    ${violation.rule.name}: ${rule?.comment ?? ''}`;
}

function unruledFolders() {
  const ruled = new Set(rules().map(({ name }) => name));
  return fs
    .readdirSync(`${root}/src`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !ruled.has(`${entry.name}-imports-down`))
    .map((entry) => `src/${entry.name} is no layer of ${CONFIG}`);
}

function rules() {
  return createRequire(import.meta.url)(`${root}/${CONFIG}`).forbidden;
}
