/** Two real trees a release apart: packages of the npm registry, fetched once with npm and kept under build/bench. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../../build/bench/npm', import.meta.url));

/** Unpacks `name@version` as the folder `to`. */
export function unpackPackage(name, version, to) {
  const archive = path.join(cache, `${name}-${version}.tgz`);
  if (!fs.existsSync(archive)) {
    fs.mkdirSync(cache, { recursive: true });
    execFileSync('npm', ['pack', '--silent', `${name}@${version}`, '--pack-destination', cache], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  fs.mkdirSync(to, { recursive: true });
  // Not the archive's times, which are all the same: a new release is written now.
  execFileSync('tar', ['-xzmf', archive, '-C', to, '--strip-components=1']);
}
