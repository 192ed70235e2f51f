/**
 * Pure layers take clock, randomness and environment as arguments. dependency-cruiser sees their imports; this
 * looks for the globals and the members of node:crypto that would let them in otherwise.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));
const PURE = ['model', 'tree', 'delta', 'plan', 'wire'];
const FORBIDDEN =
  /\b(Math\.random|Date\.now|new Date\(\)|performance\.now|randomBytes|randomUUID|randomFill\w*|randomInt|getRandomValues|process\.env|process\.hrtime|set(Timeout|Interval|Immediate)|fetch\()/;

let read = 0;
let faults = 0;
for (const layer of PURE) for (const file of sourcesOf(path.join(src, layer))) checkFile(file);
console.log(`${read} pure modules, ${faults} faults`);
process.exitCode = faults > 0 || read === 0 ? 1 : 0;

function sourcesOf(folder) {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts') && !name.startsWith('assembly'))
    .map((name) => path.join(folder, name));
}

function checkFile(file) {
  read++;
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  lines.forEach((line, index) => {
    const found = FORBIDDEN.exec(line.replace(/^\s*(\*|\/\/|\/\*).*/, ''));
    if (found === null) return;
    faults++;
    console.error(
      `${path.relative(path.dirname(src), file)}:${index + 1} uses ${found[0]}: a pure layer takes it as an argument`,
    );
  });
}
