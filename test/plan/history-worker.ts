/**
 * Checks the histories of seeds from `argv[2]` on, `argv[3]` of them. Says in lines of JSON how far it is, and of each
 * history that fails why (with its seed); goes on until a few have failed.
 */
import { checkHistory } from './check-history.js';
import { randomHistory } from './history.js';
import { checkAll } from './seeds.js';

/** Histories between two words on how far it is: some ten seconds. */
const OFTEN = 20_000;
const FAILURES_MAX = 5;

const [first, count] = process.argv.slice(2).map(Number) as [number, number];
let failures = 0;
let checked = 0;
while (checked < count && failures < FAILURES_MAX) {
  try {
    await checkAll(1, randomHistory, checkHistory, first + checked);
  } catch (error) {
    failures++;
    console.log(JSON.stringify({ failure: (error as Error).message }));
  }
  checked++;
  if (checked % OFTEN === 0 || checked === count) console.log(JSON.stringify({ checked }));
}
