/**
 * Makes V8 collect its whole heap each time that some room is used up, and not by a factor that it guesses. Each record that
 * TLS decrypts is a buffer outside of that heap, and V8 counts those as if they had grown old: with 12 MiB of objects it
 * would collect everything for every 11 MiB that arrive, which took a third of a receiver's processor time; with 70 MiB
 * of objects it would let them become 220.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import v8 from 'node:v8';

/** Bytes by which the heap, and what hangs on it, may grow over what was left by the last whole collection. */
const ROOM = 48 * 1024 * 1024;
/** The same for a large heap, per cent: to collect it takes long. */
const PERCENT_MIN = 25;

export function collectRarely(): void {
  adjust();
  new PerformanceObserver(adjust).observe({ entryTypes: ['gc'] });
}

/**
 * V8 knows only per cent of what is left, which it applies at the end of a whole collection. So it is told anew after each
 * collection of young objects, too: what is there shortly before a whole one says more than what the last one left.
 */
function adjust(): void {
  const { used_heap_size: used } = v8.getHeapStatistics();
  v8.setFlagsFromString(`--heap-growing-percent=${Math.max(PERCENT_MIN, Math.round((100 * ROOM) / used))}`);
}
