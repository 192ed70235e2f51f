/** Before the unit tests: the WASM kernel, which is generated and not committed. */
import { runBuild } from './run-build.js';

export default function setup(): void {
  runBuild('kernel');
}
