/** Prints measurements as a Markdown table, and quantities as people read them. */

/** `rows`: arrays of cells; the first column is text, the others are set right. */
export function formatTable(heads, rows) {
  const all = [heads, ...rows].map((row) => row.map((cell) => cell ?? '–'));
  const widths = heads.map((_, column) => Math.max(3, ...all.map((row) => [...row[column]].length)));
  const line = (row) => `| ${row.map((cell, column) => pad(cell, widths[column], column > 0)).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column > 0 ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(all[0]), rule, ...all.slice(1).map(line)].join('\n');
}

function pad(cell, width, right) {
  const space = ' '.repeat(width - [...cell].length);
  return right ? space + cell : cell + space;
}

/** Bytes in decimal units, three significant digits: 36.3 MB. */
export function bytes(count) {
  if (count === undefined) return undefined;
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  return power === 0 ? `${count} B` : `${(count / 1000 ** power).toPrecision(3)} ${units[power]}`;
}

export function seconds(value) {
  return value === undefined ? undefined : `${value < 1 ? value.toFixed(3) : value.toFixed(2)} s`;
}

/** How many times less than `theirs` ours is; above 1 is better. */
export function gain(theirs, ours) {
  return theirs === undefined || ours === undefined ? undefined : `${(theirs / Math.max(ours, 1e-9)).toPrecision(3)}×`;
}
