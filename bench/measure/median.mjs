/** The median of a measurement's runs, field by field. */

export function medianOf(values) {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function medianRecord(runs) {
  const names = Object.keys(runs[0]);
  return Object.fromEntries(names.map((name) => [name, medianOf(runs.map((run) => run[name]))]));
}
