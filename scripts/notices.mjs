/** Writes dist/THIRD-PARTY.txt: the licences of the packages whose code is inside the bundle, as they demand. */
import fs from 'node:fs';
import path from 'node:path';

/** `metafile` is esbuild's: the inputs of each output, by path. */
export function writeNotices(root, metafile) {
  const notices = packagesIn(metafile).map((folder) => noticeOf(path.join(root, folder)));
  fs.writeFileSync(path.join(root, 'dist/THIRD-PARTY.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));
}

/** Folders of packages, the nested ones under their own path. */
function packagesIn(metafile) {
  const folders = new Set();
  for (const output of Object.values(metafile.outputs)) {
    for (const input of Object.keys(output.inputs)) {
      const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (found) folders.add(found[1]);
    }
  }
  return [...folders].sort();
}

function noticeOf(folder) {
  const about = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? fs.readFileSync(path.join(folder, file), 'utf8') : `Licence: ${about.license}\n`;
  return `${about.name} ${about.version}\n\n${text}`;
}
