/**
 * `--max-delete`: when a run would remove so much of a replica that something else is more likely than a wish: a disk
 * that is not mounted, a folder emptied by mistake, a program gone wild (docs/SEMANTICS.md, "Safety stops").
 */

/** Removals that are never too many, unless they are all there is: in a small folder half is little. */
const FEW = 10;

/** `entries`: what the replica has, files and directories, before `removed` of them go. `percent`: 0 to 100. */
export function isTooMuch(removed: number, entries: number, percent: number): boolean {
  if (removed === 0 || percent >= 100) return false;
  return removed >= entries || (removed > FEW && removed * 100 > entries * percent);
}
