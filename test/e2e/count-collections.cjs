/** Loaded into a process by NODE_OPTIONS: leaves beside itself how often its whole heap was collected. */
const { PerformanceObserver, constants } = require('node:perf_hooks');
const { isMainThread } = require('node:worker_threads');
const fs = require('node:fs');

if (isMainThread && process.env.COUNT_COLLECTIONS && process.argv.includes('once')) {
  let whole = 0;
  new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) whole++;
  }).observe({ entryTypes: ['gc'] });
  process.on('exit', () => fs.writeFileSync(process.env.COUNT_COLLECTIONS, String(whole)));
}
