/**
 * `make pictures`, part one: docs/pictures/report-light.png and report-dark.png, which show the page that `p2psync report`
 * made of three machines after some runs, in headless Chromium.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './chromium.mjs';
import { edit, whileListening, withScene, write } from './pictures/scene.mjs';

const pictures = fileURLToPath(new URL('../docs/pictures', import.meta.url));
/** The part of the page that a reader of the README sees. */
const CLIP = { x: 0, y: 0, width: 1280, height: 1400 };
const DAYS = ['harbour', 'dunes', 'lighthouse', 'market', 'ferry', 'garden'];

await withScene(async ([laptop, nas, studio], directory) => {
  for (const [i, day] of DAYS.entries()) {
    for (let n = 1; n <= 6 + i * 3; n++)
      write([laptop, nas, studio][i % 3], `2026/${day}/img_${1000 + 40 * i + n}.jpg`, 40 + 9 * n);
  }
  for (let n = 1; n <= 14; n++) write(nas, `2025/winter/img_0${100 + n}.jpg`, 64);
  write(laptop, 'albums/best-of.txt', 2);
  write(studio, 'scans/contact-sheet.tif', 900);
  const page = path.join(directory, 'report.html');
  await whileListening([nas, studio], async (ports) => {
    const once = (options = []) => laptop.once({ ports, options, accept: [0, 1, 23] });
    await once();
    for (let run = 0; run < 20; run++) {
      for (let n = 0; n < [3, 0, 12, 1, 0, 40, 2][run % 7]; n++)
        write(run % 2 ? nas : laptop, `2026/new-${run}/img_${n}.jpg`, 12);
      if (run === 5)
        for (const [machine, text] of [
          [laptop, 'mine'],
          [nas, 'theirs'],
        ])
          edit(machine, 'scans/contact-sheet.tif', text);
      if (run % 4 === 3) edit(studio, `2026/harbour/img_100${1 + (run % 5)}.jpg`, `retouched ${run}`);
      await once();
    }
    for (const name of fs.readdirSync(path.join(studio.folder, '2026/ferry')))
      fs.rmSync(path.join(studio.folder, '2026/ferry', name));
    for (let n = 1; n <= 5; n++) write(nas, `2026/concert/img_${2000 + n}.jpg`, 30);
    edit(laptop, '2026/dunes/img_1041.jpg', 'cropped');
    edit(laptop, 'albums/best-of.txt', 'now with the harbour');
    fs.chmodSync(path.join(studio.folder, 'scans/contact-sheet.tif'), 0o600);
    const peers = ports.flatMap((port) => ['--peer', `127.0.0.1:${port}`]);
    await laptop.run(['report', laptop.folder, ...peers, '--no-discover', '-o', page], { accept: [1] });
  });
  // Readers of the picture have no use for where the scene was laid.
  fs.writeFileSync(page, fs.readFileSync(page, 'utf8').replaceAll(path.dirname(laptop.folder), '/home/ada'));
  const browser = await openBrowser();
  try {
    for (const colorScheme of ['light', 'dark']) {
      const tab = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
      await tab.goto(`file://${page}`);
      await tab.screenshot({ path: path.join(pictures, `report-${colorScheme}.png`), clip: CLIP, fullPage: true });
      if (process.argv[2] !== undefined) await wholePages(browser, page, colorScheme, process.argv[2]);
    }
  } finally {
    await browser.close();
  }
});

/** Wide and narrow, from top to bottom, for whoever works on the page: `node scripts/report-picture.mjs DIRECTORY`. */
async function wholePages(browser, page, colorScheme, directory) {
  for (const width of [1280, 400]) {
    const tab = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    await tab.goto(`file://${page}`);
    await tab.locator('details:not([open]) > summary').evaluateAll((all) => {
      for (const summary of all) summary.click();
    });
    await tab.screenshot({ path: path.join(directory, `${colorScheme}-${width}.png`), fullPage: true });
  }
}
