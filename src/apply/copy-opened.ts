/** Copies between open files within the kernel: their names may lead elsewhere by now. */
import fs from 'node:fs';

/** `mode`: of `fs.copyFile`. `target` is left empty, and false returned, where this platform or this disk cannot do it. */
export function copyOpened(source: number, target: number, mode: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    fs.copyFileSync(`/proc/self/fd/${source}`, `/proc/self/fd/${target}`, mode);
    return true;
  } catch {
    fs.ftruncateSync(target, 0); // writing by hand skips zeros, so nothing may be there before
    return false;
  } finally {
    // The copy takes over the source's mode; until it is installed it is for nobody else.
    fs.fchmodSync(target, 0o600);
  }
}
