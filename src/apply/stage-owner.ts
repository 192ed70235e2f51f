/**
 * Whose staging directory is it, and does that process still live? The name says
 * `<system>-<pid>-<start>-<random>`: the system (boot and PID namespace), because a number means nothing in another container
 * or on another host that mounts the same folder; the start time, because numbers are used again.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';

export type Life = 'alive' | 'dead' | 'unknown';

/** A name for a staging directory of this process. */
export function ownerName(random: string): string {
  return `${thisSystem()}-${process.pid}-${startOf(process.pid) ?? 0}-${random}`;
}

/** Whether the process that owns the directory lives; `unknown` if it ran elsewhere or the name is foreign. */
export function lifeOf(name: string): Life {
  const match = /^([0-9a-f]{16})-([1-9][0-9]{0,9})-([0-9]{1,20})-[0-9a-f]+$/.exec(name);
  if (match === null || match[1] !== thisSystem()) return 'unknown';
  const pid = Number(match[2]);
  const start = startOf(pid);
  if (start !== undefined) return start === match[3] ? 'alive' : 'dead';
  return isRunning(pid) ? 'alive' : 'dead';
}

let system: string | undefined;

function thisSystem(): string {
  system ??= createHash('sha256').update(systemFacts()).digest('hex').slice(0, 16);
  return system;
}

function systemFacts(): string {
  try {
    return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')} ${fs.readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return `${os.hostname()} ${process.platform}`;
  }
}

/** Start time as the kernel counts it (Linux; clock ticks since boot), or undefined if it cannot be known. */
function startOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses and may hold anything; count from behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
