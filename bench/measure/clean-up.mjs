/** What a measurement leaves behind (folders, namespaces, processes) is removed however it ends, by a signal too. */

const steps = new Set();
let watching = false;

/** Registers `step`, to be run once at the latest when this process ends; the function returned runs it now. */
export function cleanUp(step) {
  watch();
  steps.add(step);
  return () => {
    if (steps.delete(step)) step();
  };
}

function watch() {
  if (watching) return;
  watching = true;
  process.once('exit', cleanAll);
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

/** The latest first: what was made last stands on what was made before. One that fails does not keep the others. */
function cleanAll() {
  for (const step of [...steps].reverse()) {
    try {
      step();
    } catch (error) {
      console.error(`cleaning up: ${error.message}`);
    }
  }
}
