/**
 * The random liar of test/e2e/hostile/fuzz.test.ts for as long as one likes: P2PSYNC_SESSIONS, by default 500,000. Its two
 * tests know nothing of each other, so two processes do it in half the time (`make soak-lies`).
 */
process.env.P2PSYNC_SESSIONS ??= '500000';
await import('../e2e/hostile/fuzz.test.js');
