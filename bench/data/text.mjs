/** Large texts of lines (an SQL dump, a JSON array, a log), and edits of single lines. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomNumbers } from './random.mjs';

const cache = fileURLToPath(new URL('../../build/bench/text', import.meta.url));

/** Bytes of text made at once. */
const PART = 16 << 20;

const WORDS =
  'amber basin cedar delta ember fjord grove harbor island juniper kettle lagoon meadow north orchard'.split(' ');

const LINES = {
  sql: (n, pick) =>
    `INSERT INTO orders VALUES (${n}, '${word(pick)}-${word(pick)}', ${pick(1e6) / 100}, '2026-${two(1 + pick(12))}-${two(1 + pick(28))}', ${pick(1e9)});`,
  json: (n, pick) =>
    `  {"id": ${n}, "name": "${word(pick)} ${word(pick)}", "price": ${pick(1e6) / 100}, "stock": ${pick(1e4)}, "code": "${pick(2 ** 40).toString(36)}"},`,
  log: (n, pick) =>
    `2026-01-${two(1 + (n % 28))}T${two(pick(24))}:${two(pick(60))}:${two(pick(60))}Z ${word(pick)} request=${pick(2 ** 40).toString(16)} took=${pick(9000)}ms`,
};

/** A text of lines of one kind (`sql`, `json`, `log`), at least `size` bytes long. */
export function textLines(kind, size, seed) {
  const pick = randomNumbers(seed);
  const lines = [];
  for (let length = 0; length < size; length += lines.at(-1).length + 1) lines.push(LINES[kind](lines.length, pick));
  return lines;
}

/** Of `count` random lines, in turns: one is changed, after one a new one is put, one is taken out. */
export function editLines(lines, kind, count, seed) {
  const pick = randomNumbers(seed);
  const edited = [...lines];
  for (let n = 0; n < count; n++) {
    const at = pick(edited.length);
    if (n % 3 === 0) edited[at] = LINES[kind](at, pick);
    else if (n % 3 === 1) edited.splice(at, 0, LINES[kind](1e9 + n, pick));
    else edited.splice(at, 1);
  }
  return edited;
}

/** A share of all lines, anywhere, changed in place. */
export function changeLines(lines, kind, share, seed) {
  const pick = randomNumbers(seed);
  const changed = [...lines];
  for (let n = 0; n < lines.length * share; n++) {
    const at = pick(lines.length);
    changed[at] = LINES[kind](at, pick);
  }
  return changed;
}

/** A file that is such a text and nothing else. It is made once, which takes a minute for a gigabyte, and kept under build/bench. */
export function writeText(file, kind, size, seed) {
  const kept = path.join(cache, `${seed} ${size}.${kind}`);
  if (!fs.existsSync(kept)) {
    fs.mkdirSync(cache, { recursive: true });
    fs.rmSync(`${kept}.part`, { force: true });
    appendText(`${kept}.part`, kind, size, seed);
    fs.renameSync(`${kept}.part`, kept);
  }
  fs.copyFileSync(kept, file);
}

/** Adds a text of at least `size` bytes to a file, a part at a time: as an array of lines it would fill the heap. */
export function appendText(file, kind, size, seed) {
  const fd = fs.openSync(file, 'a');
  for (let done = 0; done < size; done += PART) {
    writeParts(fd, textLines(kind, Math.min(PART, size - done), `${seed} ${done}`));
  }
  fs.closeSync(fd);
}

export function writeLines(file, lines) {
  const fd = fs.openSync(file, 'w');
  writeParts(fd, lines);
  fs.closeSync(fd);
}

function writeParts(fd, lines) {
  for (let at = 0; at < lines.length; at += 50_000) fs.writeSync(fd, `${lines.slice(at, at + 50_000).join('\n')}\n`);
}

function word(pick) {
  return WORDS[pick(WORDS.length)];
}

function two(number) {
  return String(number).padStart(2, '0');
}
