/** The sweeps of test/e2e over every system call and every kind of cut, not only a sample. */
process.env.P2PSYNC_TEST_FULL = '1';
await import('../e2e/sweep/crash.test.js');
await import('../e2e/sweep/errors.test.js');
await import('../e2e/network.test.js');
