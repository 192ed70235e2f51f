/** Resuming a transfer of 2 GB (the most that one call of randomBytes makes is a little more): P2PSYNC_RESUME_BYTES. */
process.env.P2PSYNC_RESUME_BYTES ??= String(2_000_000_000);
await import('../e2e/resume.test.js');
