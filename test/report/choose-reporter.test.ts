import { expect, it } from 'vitest';
import { chooseReporter } from '../../src/report/choose-reporter.js';
import { RecordingSink } from './recording-sink.js';
import { NAS, progress, START } from './some-events.js';

/** What a run that takes long writes to a standard error that is no terminal. */
async function written(choice: 'auto' | 'always' | 'never'): Promise<string> {
  let now = 0;
  const err = new RecordingSink();
  const options = { json: false, quiet: false, verbose: false, dryRun: false, logFile: undefined, colour: true };
  const place = { out: { write: () => {} }, err, env: {}, clock: () => now };
  const reporter = await chooseReporter({ ...options, progress: choice }, place);
  for (const event of [START, NAS, progress(0, 0)]) reporter.event(event);
  now = 60_000;
  reporter.event(progress(4, 42));
  reporter.close();
  return err.text;
}

it('--progress always writes lines where there is no terminal; auto and never write none', async () => {
  expect(await written('always')).toMatch(/^p2psync: progress [^\n]+\n$/);
  expect(await written('auto')).toBe('');
  expect(await written('never')).toBe('');
});
