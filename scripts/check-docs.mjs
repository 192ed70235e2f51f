/**
 * Documents stay true to the tree: links and anchors in Markdown lead somewhere, `make` targets and npm scripts they
 * name exist, files in backticks are there, and every `docs/X.md, "Section"` in a source comment is a real heading.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const faults = [];
const files = tracked();
const documents = files.filter((file) => file.endsWith('.md'));
const targets = new Set(read('Makefile').match(/^[a-z][a-z0-9-]*(?=:)/gm));

for (const file of documents) checkDocument(file);
for (const file of files.filter((name) => /^(src|test|bench)\/.*\.(ts|mjs)$/.test(name))) checkSections(file);
for (const fault of faults) console.error(fault);
console.log(`${documents.length} documents, ${faults.length} faults`);
process.exitCode = faults.length > 0 || documents.length === 0 ? 1 : 0;

/** What git has or would add; ignored files are nobody's promise. */
function tracked() {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  return list
    .toString()
    .split('\0')
    .filter((file) => file !== '' && fs.existsSync(path.join(root, file)));
}

function checkDocument(file) {
  const text = read(file);
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) checkLink(file, target);
  for (const [, target] of text.matchAll(/`make ([a-z0-9-]+)/g)) {
    if (!targets.has(target)) faults.push(`${file}: the Makefile has no target ${target}`);
  }
  for (const [, named] of text.matchAll(/`((?:src|test|docs|bench|scripts|fixtures)\/[\w./-]+)`/g)) {
    if (!exists(named)) faults.push(`${file}: ${named} is not there`);
  }
}

function checkLink(file, target) {
  if (/^[a-z]+:/.test(target)) return;
  const [to, anchor] = target.split('#');
  const at = to === '' ? file : path.join(path.dirname(file), to);
  if (!exists(at)) faults.push(`${file}: the link ${target} leads nowhere`);
  else if (anchor && !headingsOf(at).map(slug).includes(anchor))
    faults.push(`${file}: ${at} has no heading #${anchor}`);
}

function checkSections(file) {
  const comment = read(file).replace(/\n\s*\*\s?/g, ' ');
  for (const [, named, section] of comment.matchAll(/(docs\/[A-Z]+\.md),? "([^"]+)"/g)) {
    if (!exists(named)) faults.push(`${file}: ${named} is not there`);
    else if (!headingsOf(named).some((heading) => bare(heading) === section)) {
      faults.push(`${file}: ${named} has no section "${section}"`);
    }
  }
}

function headingsOf(file) {
  return [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading.trim());
}

/** A heading without its number: `4. Meaning` is "Meaning". */
function bare(heading) {
  return heading.replace(/^[\d.]+ /, '').replaceAll('`', '');
}

function slug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function exists(file) {
  return fs.existsSync(path.join(root, file));
}

function read(file) {
  return fs.readFileSync(path.join(root, file), 'utf8');
}
