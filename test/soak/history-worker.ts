/** Checks the histories of seeds from `argv[2]` on, `argv[3]` of them, and says what it found as one line of JSON. */
import { checkHistory, lateHistories } from '../plan/check-history.js';
import { randomHistory } from '../plan/history.js';
import { checkAll } from '../plan/seeds.js';

const [first, count] = process.argv.slice(2).map(Number) as [number, number];
let failure: string | undefined;
try {
  await checkAll(count, randomHistory, checkHistory, first);
} catch (error) {
  failure = (error as Error).message;
}
console.log(JSON.stringify({ late: lateHistories(), failure }));
