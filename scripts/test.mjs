/**
 * `make test`: build, checks and the whole suite, and a last line `N passed, N failed` that counts tests and checks
 * alike. A build that fails, a suite that does not load and a run without a test each count as failed.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const TESTS = `${root}/build/tests.json`;
const CHECKS = `${root}/build/checks.json`;
/** Of what a failed test said. */
const LINES_MAX = 12;

fs.rmSync(TESTS, { force: true });
fs.rmSync(CHECKS, { force: true });
let passed = 0;
/** What each failed test and check said. */
const failures = [];

if (runNode('scripts/build.mjs')) {
  const tested = runNode('node_modules/vitest/vitest.mjs', [
    ...['run', '--project', 'unit', '--project', 'e2e'],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${TESTS}`],
  ]);
  countTests(tested);
  runNode('scripts/check.mjs');
  countChecks();
} else {
  failures.push('the build: no test was run');
}

for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0;

function runNode(script, args = []) {
  return spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' }).status === 0;
}

/** A file that fails to load has no failed test of its own, and an error outside a test has neither: count them. */
function countTests(succeeded) {
  const report = readReport(TESTS);
  const failed = (report?.testResults ?? []).flatMap(failuresOf);
  const silent = (report?.numPassedTests ?? 0) === 0 || !succeeded;
  if (silent && failed.length === 0) failed.push('vitest, outside its tests, or it ran none');
  passed += report?.numPassedTests ?? 0;
  failures.push(...failed);
}

/** What failed in a file of tests, said in a few lines each, since the end of a long log is all that is often seen. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = path.relative(root, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (status === 'failed' && failed.length === 0) return [said(file, message)];
  return failed.map((test) => said(`${file}: ${test.fullName}`, test.failureMessages.join('\n')));
}

function said(what, why) {
  const lines = stripVTControlCharacters(why)
    .split('\n')
    .filter((line) => line.trim() !== '' && !isOfTheRunner(line));
  return [what, ...lines.slice(0, LINES_MAX).map((line) => `  ${line.trim().slice(0, 200)}`)].join('\n');
}

function isOfTheRunner(line) {
  return /^\s*at .*(node_modules|new Promise|node:internal)/.test(line);
}

function countChecks() {
  const checks = readReport(CHECKS) ?? [];
  if (checks.length === 0) failures.push('the checks: none was run');
  for (const check of checks) {
    if (check.passed) passed++;
    else failures.push(`check ${check.name}`);
  }
}

function readReport(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
}
