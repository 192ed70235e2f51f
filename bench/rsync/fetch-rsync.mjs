/**
 * The rsync to measure against: 3.5 or later. If the one installed is older, the current one of Debian unstable and
 * the libraries it needs are fetched from this machine's own Debian mirror with apt, checked by apt's signatures,
 * unpacked under build/bench/rsync (nothing is installed) and run with the C library that came with them.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const WANTED = [3, 5];
const cache = fileURLToPath(new URL('../../build/bench/rsync', import.meta.url));

/** @returns {{ command: string[], version: string }} */
export function fetchRsync() {
  const installed = versionOf(['rsync']);
  if (installed !== undefined && isWanted(installed)) return { command: ['rsync'], version: installed };
  if (unpackedCommand() === undefined) unpackFromDebian();
  const command = unpackedCommand();
  const version = command && versionOf(command);
  if (version === undefined)
    throw new Error(`found no rsync ${WANTED.join('.')} or later, and none could be unpacked in ${cache}`);
  return { command, version };
}

function versionOf(command) {
  try {
    const said = execFileSync(command[0], [...command.slice(1), '--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /version (\d+\.\d+\.\d+)/.exec(said)?.[1];
  } catch {
    return undefined;
  }
}

function isWanted(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1]);
}

function unpackedCommand() {
  const files = fs.existsSync(cache) ? fs.readdirSync(cache, { recursive: true, encoding: 'utf8' }) : [];
  const loader = files.find((file) => /(^|\/)ld-linux[^/]*\.so\.\d$/.test(file));
  const program = files.find((file) => file.endsWith('usr/bin/rsync'));
  if (loader === undefined || program === undefined) return undefined;
  const libraries = new Set(
    files.filter((file) => /\.so(\.\d+)*$/.test(file)).map((file) => path.join(cache, path.dirname(file))),
  );
  return [path.join(cache, loader), '--library-path', [...libraries].join(':'), path.join(cache, program)];
}

function unpackFromDebian() {
  const work = path.join(cache, 'apt');
  for (const folder of ['lists/partial', 'cache/archives/partial', 'debs'])
    fs.mkdirSync(path.join(work, folder), { recursive: true });
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  fs.writeFileSync(path.join(work, 'sources.list'), `deb [signed-by=${keyring}] ${debianMirror()} sid main\n`);
  const options = [
    `Dir::Etc::sourcelist=${work}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${work}/lists`,
    `Dir::Cache=${work}/cache`,
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  execFileSync('apt-get', [...options, '-qq', 'update'], { stdio: ['ignore', 'inherit', 'inherit'] });
  execFileSync('apt-get', [...options, '-qq', 'download', ...packagesFor('rsync', options)], {
    cwd: path.join(work, 'debs'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const file of fs.readdirSync(path.join(work, 'debs')))
    execFileSync('dpkg-deb', ['-x', path.join(work, 'debs', file), cache]);
  fs.rmSync(work, { recursive: true });
}

/** The mirror that this machine installs Debian packages from. */
function debianMirror() {
  const targets = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' }).split(
    '\n',
  );
  const mirror = targets.find((uri) => /\/debian\/?$/.test(uri));
  if (mirror === undefined)
    throw new Error('expected a Debian mirror in the apt sources; install rsync 3.5 or later by hand');
  return mirror;
}

function packagesFor(name, options) {
  const quiet = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const tree = execFileSync('apt-cache', [...options, 'depends', '--recurse', ...quiet, name], { encoding: 'utf8' });
  return [...new Set(tree.split('\n').filter((line) => /^\w/.test(line)))];
}
