/** Before tests that start the program: dist/cli.js as the sources are now. */
import { runBuild } from './run-build.js';

export default function setup(): void {
  runBuild('kernel', 'bundle');
}
