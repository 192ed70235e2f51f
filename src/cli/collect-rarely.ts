/**
 * Makes V8 collect its whole heap more rarely. Each record that TLS decrypts is a buffer outside of that heap, and V8 counts
 * those as if they had grown old: with a heap as small as this program's it would collect everything for every 11 MiB
 * that arrive, which took a third of a receiver's processor time.
 */
import v8 from 'node:v8';

/** Per cent by which the heap and what hangs on it may grow over what was live after the last whole collection. */
const GROWTH = 400;

export function collectRarely(): void {
  v8.setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
