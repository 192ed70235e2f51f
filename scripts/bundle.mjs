/**
 * The bundle: src/cli/main.ts → dist/cli.js, src/index.ts → dist/index.js, and every `*-worker.ts` → dist/<name>.js.
 * Each is one file, flat, so that a worker is found as `new URL('./name-worker.js', import.meta.url)`. What commands
 * import lazily is in it too but runs only then: reading one large file takes less than finding twenty small ones (a run
 * with nothing to do: 0.19 instead of 0.24 s of processor beside Node's own). JavaScript of dependencies is bundled, because
 * resolving and compiling their many small files is most of a short run's time; native addons stay packages.
 */
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { writeNotices } from './notices.mjs';

/** Resolved at run time: packages that hold a native addon and choose it by platform. */
const EXTERNAL = ['@napi-rs/blake-hash', '@napi-rs/blake-hash-*', '@lmdb/*'];

/** Bundled CommonJS calls `require`, which an ES module does not have. */
const BANNER = [
  "import { createRequire as createRequire__ } from 'node:module';",
  'const require = createRequire__(import.meta.url);',
].join('');

/** `out`: the directory below the root; `plugins`: of esbuild, for builds that are to be compared with this one. */
export async function bundle(root, { out = 'dist', plugins = [] } = {}) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: entries(root),
    outdir: out,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    external: EXTERNAL,
    // Without their optional native parts: what is encoded here is small, and loading those takes longer than they save.
    alias: { 'cbor-x': './node_modules/cbor-x/index.js', msgpackr: './node_modules/msgpackr/index.js' },
    plugins: [lmdbNative(), ...plugins],
    banner: { js: BANNER },
    metafile: true,
    write: false,
    logLevel: 'warning',
    logLimit: 0,
  });
  place(path.join(root, out), result.outputFiles);
  if (out === 'dist') writeNotices(root, result.metafile);
}

function entries(root) {
  const wanted = [
    { in: 'src/cli/main.ts', out: 'cli' },
    { in: 'src/index.ts', out: 'index' },
  ];
  const workers = fs
    .readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('-worker.ts'))
    .map((file) => ({ in: `src/${file}`, out: path.basename(file, '.ts') }));
  return [...wanted, ...workers];
}

/**
 * lmdb looks for its addon beside its own source file; in a bundle that is dist/. It is told to start from the
 * installed package instead. (Measured: loading lmdb takes 50 ms as a package, 24 ms bundled.)
 */
function lmdbNative() {
  const asShipped = "dirname(fileURLToPath(import.meta.url)).replace(/dist$/, '')";
  return {
    name: 'lmdb-native',
    setup(esbuild) {
      esbuild.onLoad({ filter: /node_modules[\\/]lmdb[\\/]native\.js$/ }, async ({ path: file }) => {
        const source = await fs.promises.readFile(file, 'utf8');
        if (!source.includes(asShipped))
          throw new Error(`${file} no longer finds its addon the way this build expects`);
        const located = source.replace(asShipped, "dirname(dirname(createRequire(import.meta.url).resolve('lmdb')))");
        return { contents: `import { createRequire } from 'node:module';\n${located}`, loader: 'js' };
      });
    },
  };
}

/**
 * Writes what changed, each file in one step, and only then removes what no longer belongs, so that a program that
 * starts meanwhile finds a whole bundle.
 */
function place(dist, files) {
  fs.mkdirSync(dist, { recursive: true });
  const kept = new Set();
  for (const file of files) {
    kept.add(path.basename(file.path));
    if (path.basename(file.path) === 'cli.js') writeChanged(file.path, withShebang(file.text), 0o755);
    else writeChanged(file.path, file.text, 0o644);
  }
  for (const name of fs.readdirSync(dist)) {
    if (name.endsWith('.js') && !kept.has(name)) fs.rmSync(path.join(dist, name));
  }
}

function withShebang(text) {
  return text.startsWith('#!') ? text : `#!/usr/bin/env node\n${text}`;
}

function writeChanged(file, text, mode) {
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return;
  fs.writeFileSync(`${file}.${process.pid}`, text, { mode });
  fs.renameSync(`${file}.${process.pid}`, file);
}
