/** The crowds of test/e2e/hostile/load.test.ts, by the bar that holds on an idle machine. */
process.env.P2PSYNC_CROWDED_MAX ??= '1.5';
await import('../e2e/hostile/load.test.js');
