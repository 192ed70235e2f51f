/**
 * The proof at the end of a round, by means that are not p2psync's own: `diff -r` over the content, and a comparison
 * of what lstat says of every entry (kind, size, mode, link target, and of files the time to the microsecond).
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** @returns {{ entries: number, bytes: number, faults: string[] }} no faults: the folders are the same */
export function compareFolders([first, ...others]) {
  const expected = describe(first);
  const faults = others.flatMap((other) => [
    ...contentFaults(first, other),
    ...statFaults(expected, describe(other), other),
  ]);
  const bytes = [...expected.values()].reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0);
  return { entries: expected.size, bytes, faults };
}

function contentFaults(a, b) {
  const run = spawnSync('diff', ['-r', '--no-dereference', '--exclude=.p2psync', a, b], { encoding: 'utf8' });
  if (run.error) throw run.error;
  return run.status === 0
    ? []
    : (run.stdout + run.stderr)
        .trim()
        .split('\n')
        .map((line) => `diff: ${line}`);
}

function statFaults(expected, found, folder) {
  const names = new Set([...expected.keys(), ...found.keys()]);
  return [...names].flatMap((name) => {
    const [want, have] = [expected.get(name), found.get(name)];
    if (want === undefined || have === undefined) return [`${folder}: ${name} is ${have ? 'there' : 'missing'}`];
    const fields = Object.keys(want).filter((field) => !same(field, want[field], have[field]));
    return fields.map((field) => `${folder}: ${name}: ${field} is ${have[field]}, elsewhere ${want[field]}`);
  });
}

/** Node sets times as a fraction of seconds, so that the last microsecond may be rounded. */
function same(field, a, b) {
  return field === 'microseconds' ? Math.abs(a - b) <= 1 : a === b;
}

function describe(folder) {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const own = names.filter((name) => name !== '.p2psync' && !name.startsWith('.p2psync/'));
  return new Map(own.map((name) => [name, describeEntry(path.join(folder, name))]));
}

function describeEntry(file) {
  const stat = fs.lstatSync(file, { bigint: true });
  const mode = Number(stat.mode & 0o777n).toString(8);
  if (stat.isSymbolicLink()) return { kind: 'symlink', target: fs.readlinkSync(file) };
  if (stat.isDirectory()) return { kind: 'directory', mode };
  return { kind: 'file', mode, size: Number(stat.size), microseconds: Number(stat.mtimeNs / 1000n) };
}
