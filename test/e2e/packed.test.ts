/** The package as it is published runs beside dependencies none of whose install scripts was run. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

test('the packed package needs no install script: init and status work from the unpacked tarball', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-packed-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
  const [{ filename }] = JSON.parse(
    execFileSync('npm', pack, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  execFileSync('tar', ['-xzf', path.join(directory, filename), '-C', directory]);
  const installed = path.join(directory, 'package');
  const { dependencies, scripts } = JSON.parse(fs.readFileSync(path.join(installed, 'package.json'), 'utf8'));
  for (const name of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(name);
  for (const name of Object.keys(dependencies)) {
    const at = path.join(installed, 'node_modules', name);
    fs.mkdirSync(path.dirname(at), { recursive: true });
    fs.symlinkSync(path.resolve('node_modules', name), at);
  }
  const folder = path.join(directory, 'folder');
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'a'), 'a');
  const home = { P2PSYNC_CONFIG_DIR: path.join(directory, 'config'), P2PSYNC_STATE_DIR: path.join(directory, 'state') };
  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [path.join(installed, 'dist/cli.js'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...home },
    });
  expect(run('--version')).toContain(JSON.parse(fs.readFileSync('package.json', 'utf8')).version);
  expect(run('init', folder)).toContain('p2psync1-');
  expect(run('status', folder)).toContain('folder');
});
