/** What the system says of a process that is attacked: whether it lives, its memory and its descriptors. */
import fs from 'node:fs';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** kB. */
export function memoryOf(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]);
}

/** From now on `VmHWM` is the highest memory since now. */
export function forgetPeak(pid: number): void {
  fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

export function descriptorsOf(pid: number): number {
  return fs.readdirSync(`/proc/${pid}/fd`).length;
}

/** The highest memory of processes that come and go, in kB. */
export class PeakWatch {
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #peak = 0;

  start(pid: number): void {
    this.#timers.set(
      pid,
      setInterval(() => this.#look(pid), 20),
    );
  }

  /** The peak of all that were watched since the last call. */
  stop(): number {
    for (const timer of this.#timers.values()) clearInterval(timer);
    this.#timers.clear();
    const peak = this.#peak;
    this.#peak = 0;
    return peak;
  }

  #look(pid: number): void {
    try {
      this.#peak = Math.max(this.#peak, memoryOf(pid, 'VmHWM') || 0);
    } catch {
      clearInterval(this.#timers.get(pid));
      this.#timers.delete(pid);
    }
  }
}
