/** Five machines at the same moment, round after round: P2PSYNC_ROUNDS, by default 30. */
process.env.P2PSYNC_ROUNDS ??= '30';
await import('../e2e/simultaneous.test.js');
