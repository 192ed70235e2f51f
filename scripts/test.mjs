/**
 * `make test`: build, checks and the whole suite, and a last line `N passed, N failed` that counts tests and checks
 * alike. A build that fails, a suite that does not load and a run without a test each count as failed.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const TESTS = `${root}/build/tests.json`;
const CHECKS = `${root}/build/checks.json`;

fs.rmSync(TESTS, { force: true });
fs.rmSync(CHECKS, { force: true });
const count = { passed: 0, failed: 0 };

if (runNode('scripts/build.mjs')) {
  const tested = runNode('node_modules/vitest/vitest.mjs', [
    ...['run', '--project', 'unit', '--project', 'e2e'],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${TESTS}`],
  ]);
  countTests(tested);
  runNode('scripts/check.mjs');
  countChecks();
} else {
  count.failed++;
  console.error('the build failed: no test was run');
}

console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;

function runNode(script, args = []) {
  return spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' }).status === 0;
}

/** A file that fails to load has no failed test of its own, and an error outside a test has neither: count them. */
function countTests(succeeded) {
  const report = readReport(TESTS);
  const unloaded = (report?.testResults ?? []).filter(
    (file) => file.status === 'failed' && !hasFailedTest(file),
  ).length;
  const failed = (report?.numFailedTests ?? 0) + unloaded;
  count.passed += report?.numPassedTests ?? 0;
  count.failed += failed;
  const silent = (report?.numPassedTests ?? 0) === 0 || !succeeded;
  if (silent && failed === 0) {
    count.failed++;
    console.error('vitest failed outside its tests, or ran none');
  }
}

function hasFailedTest(file) {
  return file.assertionResults.some(({ status }) => status === 'failed');
}

function countChecks() {
  const checks = readReport(CHECKS) ?? [];
  const passed = checks.filter((check) => check.passed).length;
  count.passed += passed;
  count.failed += checks.length === 0 ? 1 : checks.length - passed;
}

function readReport(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
}
