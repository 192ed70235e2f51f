/**
 * What the demonstration's three machines hold, all of it real: parts of the TypeScript compiler that this project
 * is built with, and the Node binary that runs it as one large file. Then what people do to it meanwhile.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPESCRIPT = fileURLToPath(new URL('../../node_modules/typescript', import.meta.url));

/** The large file, in every folder under this name. */
const LARGE = 'runtime/node.bin';

/** Each machine has something that the others lack, and all have some things in common. */
export function fillFolders({ laptop, server, nas }) {
  copyParts(laptop, (name) => !/^lib\/[a-z]{2}(-|\/|$)/.test(name));
  copyParts(server, (name) => /^lib(\/[a-z]{2}(-[a-z]+)?(\/|$)|\/lib\.es|$)/.test(name));
  copyParts(nas, (name) => /^lib(\/lib\.|$)|\.md$/.test(name));
  copyFile(process.execPath, path.join(nas, LARGE));
  write(laptop, 'notes.txt', 'Things to do\n- try p2psync\n');
  write(server, 'reports/2026/january.txt', 'All quiet.\n');
  fs.mkdirSync(path.join(nas, 'empty folder'));
  fs.symlinkSync('../lib/lib.d.ts', path.join(nas, 'runtime/types'));
}

/** Edits in all three folders at once, one true conflict among them. Returns what was done, for the reader. */
export function editFolders({ laptop, server, nas }) {
  insert(path.join(laptop, LARGE), 5, 'fifteen letters');
  overwrite(path.join(laptop, LARGE), 40_000_000, 'patched');
  append(laptop, 'README.md', '\nRead on the laptop.\n');
  fs.renameSync(path.join(nas, 'lib/typescript.js'), path.join(nas, 'lib/compiler.js'));
  append(server, 'notes.txt', '- buy milk (written on the server)\n');
  append(nas, 'notes.txt', '- buy bread (written on the nas)\n');
  write(server, 'reports/2026/february.txt', 'Snow.\n');
  fs.chmodSync(path.join(server, 'lib/tsc.js'), 0o755);
  return [
    ['laptop', `put 15 bytes in near the start of ${LARGE}, patched 7 in its middle, wrote to README.md`],
    ['server', 'wrote a new report, made lib/tsc.js executable, added a line to notes.txt'],
    ['nas', 'renamed lib/typescript.js to lib/compiler.js, added another line to notes.txt'],
  ];
}

function copyParts(folder, wanted) {
  for (const name of fs.readdirSync(TYPESCRIPT, { recursive: true, encoding: 'utf8' })) {
    const from = path.join(TYPESCRIPT, name);
    if (wanted(name) && fs.statSync(from).isFile()) copyFile(from, path.join(folder, name));
  }
}

function copyFile(from, to) {
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.copyFileSync(from, to);
  fs.chmodSync(to, fs.statSync(from).mode & 0o777);
}

function write(folder, name, text) {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), text);
}

function append(folder, name, text) {
  fs.appendFileSync(path.join(folder, name), text);
}

function insert(file, offset, text) {
  const old = fs.readFileSync(file);
  fs.writeFileSync(file, Buffer.concat([old.subarray(0, offset), Buffer.from(text), old.subarray(offset)]));
}

function overwrite(file, offset, text) {
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, text, offset);
  fs.closeSync(fd);
}
