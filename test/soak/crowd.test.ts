/** The crowds of test/e2e/hostile/load.test.ts, by the bars that hold on an idle machine. */
process.env.P2PSYNC_CROWDED_MAX ??= '1.5';
process.env.P2PSYNC_REFUSAL_MAX ??= '1';
await import('../e2e/hostile/load.test.js');
