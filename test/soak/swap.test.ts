/** The swapped parents of test/e2e/hostile/swap.test.ts for a minute. */
process.env.P2PSYNC_SWAP_SECONDS ??= '60';
await import('../e2e/hostile/swap.test.js');
