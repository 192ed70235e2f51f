/**
 * Peak resident memory of a process and its descendants, from VmHWM of /proc. The kernel keeps that maximum itself,
 * so a sample loses only what a process still gained in its last moments. Processes are added up: pages that they
 * share count once for each (rsync forks; for a single process the figure is exact).
 */
import fs from 'node:fs';

const EVERY_MS = 20;

/** Starts watching; the function returned stops and gives bytes. */
export function watchMemory(pid) {
  const peaks = new Map();
  const sample = () => {
    for (const id of familyOf(pid)) peaks.set(id, Math.max(peakOf(id), peaks.get(id) ?? 0));
  };
  sample();
  const timer = setInterval(sample, EVERY_MS);
  return () => {
    clearInterval(timer);
    sample();
    return [...peaks.values()].reduce((sum, bytes) => sum + bytes, 0);
  };
}

/** Bytes; 0 once the process is gone. */
export function peakOf(pid) {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`));
  return found ? Number(found[1]) * 1024 : 0;
}

function familyOf(pid) {
  const children = readOrEmpty(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

function readOrEmpty(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
