/** How the demonstration speaks: headings, labelled lines, quantities; colour only where a person looks on. */

const coloured = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const LABEL = 11;

export function heading(text) {
  console.log(`\n${style(1, text)}`);
}

export function line(label, text) {
  console.log(`  ${style(36, label.padEnd(LABEL))} ${text}`);
}

export function good(text) {
  console.log(`  ${style(32, '✓')} ${text}`);
}

export function bad(text) {
  console.log(`  ${style(31, '✗')} ${text}`);
}

export function bytes(count) {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return power === 0 ? `${count} bytes` : `${(count / 1000 ** power).toFixed(1)} ${units[power]}`;
}

export function count(number, noun) {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

function style(code, text) {
  return coloured ? `\x1b[${code}m${text}\x1b[0m` : text;
}
