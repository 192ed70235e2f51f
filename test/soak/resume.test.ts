/** Resuming a transfer of 2 GiB: P2PSYNC_RESUME_BYTES. */
process.env.P2PSYNC_RESUME_BYTES ??= String(2 * 1024 ** 3);
await import('../e2e/resume.test.js');
