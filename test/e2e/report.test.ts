/** The page of `p2psync report`, made by real runs and looked at in a real browser, wide and narrow, light and dark. */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../../scripts/chromium.mjs';
import type { Listener, Machine } from '../../scripts/machine.mjs';
import { at, endOfAll, openGroup, startListening, writeTree } from './group.js';

const HOSTILE = '<img src=x onerror=alert(1)>\u202e"\'\x1b[31m';
const LONG = 'a-name-without-any-place-to-break-it-'.repeat(6);
const SCREENS = [1280, 400].flatMap((width) => (['light', 'dark'] as const).map((scheme) => [width, scheme] as const));

const atEnd = endOfAll();
let [here, nas, attic]: Machine[] = [];
let listeners: Listener[];
let directory: string;
let browser: Browser;

beforeAll(async () => {
  const group = await openGroup(atEnd, [
    { 'img/1': 'one', 'doc/readme': 'r', 'edited/both.txt': 'old' },
    { 'img/2': 'two' },
    { 'deep/er/3': 'three' },
  ]);
  directory = group.directory;
  [here, nas, attic] = group.machines as [Machine, Machine, Machine];
  listeners = [await startListening(atEnd, nas), await startListening(atEnd, attic)];
  browser = await openBrowser();
});
afterAll(async () => browser?.close());

const peers = () => [...listeners.flatMap(({ port }) => ['--peer', `127.0.0.1:${port}`]), '--no-discover'];
const file = (name: string) => path.join(directory, name);

async function report(name: string, options: readonly string[], accept: readonly number[]) {
  return at([here as Machine], 0).run(['report', (here as Machine).folder, '-o', file(name), ...options], { accept });
}

async function opened(name: string, width = 1280, colorScheme: 'light' | 'dark' = 'light') {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const faults: string[] = [];
  page.on('console', (message) => faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => faults.push(dialog.message()));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file(name)).href) faults.push(`asked for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file(name)).href);
  return { page, faults };
}

/** Row by row, the text of each cell of the grid. */
function gridOf(page: Page): Promise<Record<string, string[]>> {
  return page.locator('table.grid tbody tr').evaluateAll((rows) => {
    type Cell = { readonly textContent: string };
    const read = (cell: unknown) => (cell as Cell).textContent.replace(/\s+/g, ' ').trim();
    return Object.fromEntries(
      rows.map((row) => {
        const [name, ...cells] = [...row.querySelectorAll('th, td')].map(read);
        return [name, cells];
      }),
    );
  });
}

describe('before the first run', () => {
  it('compares, changes nothing and ends with 1 where something differs', async () => {
    const { stdout } = await report('first.html', peers(), [1]);
    expect(stdout).toMatch(/^p2psync: differs folder=machine1 peers=2 unequal=2 .*\np2psync: report .*first\.html\n$/);
    expect(fs.readdirSync((here as Machine).folder).sort()).toEqual(['.p2psync', 'doc', 'edited', 'img']);
    const { page } = await opened('first.html');
    expect(await page.locator('h1').textContent()).toBe('machine1');
    expect(await page.locator('.verdict .mark').textContent()).toContain('Differs');
    const grid = await gridOf(page);
    expect(Object.keys(grid)).toEqual(['the whole folder', 'deep/', 'deep/er/', 'doc/', 'edited/', 'img/']);
    const columns = await page.locator('table.grid thead th').allInnerTexts();
    const [first, second] = columns.slice(2).map((text) => text.includes(String(at(listeners, 0).port))) as boolean[];
    expect([first, second].sort()).toEqual([false, true]);
    const nasColumn = first ? 1 : 2;
    expect(grid['img/']?.[nasColumn]).toBe('− 1 missing + 1 only there');
    expect(grid['deep/']?.[nasColumn]).toBe('✓ equal');
    expect(grid['deep/er/']?.[0]).toBe('– not here');
  });

  it('shows what is remembered when nobody answers, and ends with 21', async () => {
    const { stdout } = await report(
      'alone.html',
      ['--peer', '127.0.0.1:9', '--no-discover', '--discover-time', '0.3s'],
      [21],
    );
    expect(stdout).toContain('no-peers');
    const { page } = await opened('alone.html');
    expect(await page.locator('.verdict').textContent()).toContain('No peer answered');
    expect(await page.locator('main').textContent()).not.toMatch(/All equal/);
    expect((await gridOf(page))['img/']?.[0]).toContain('1');
  });
});

describe('after some runs', () => {
  beforeAll(async () => {
    const [mine, theirs] = [here as Machine, nas as Machine];
    const once = () => mine.once({ ports: listeners.map(({ port }) => port) });
    await once();
    for (const { folder } of [mine, theirs]) writeTree(folder, { 'edited/both.txt': folder });
    await once();
    writeTree(mine.folder, { [HOSTILE]: 'x', [`${HOSTILE}d/${LONG}`]: 'y' });
    fs.writeFileSync(Buffer.concat([Buffer.from(`${mine.folder}/`), Buffer.from([0xff, 0xfe])]), 'no UTF-8');
    fs.utimesSync(path.join(theirs.folder, 'img/1'), 1, 1);
    await report('busy.html', peers(), [1]);
  });

  it.each(SCREENS)('fits %i pixels, fetches and runs nothing, and can be read (%s)', async (width, scheme) => {
    const { page, faults } = await opened('busy.html', width, scheme);
    await page.locator('details:not([open]) > summary').evaluateAll((all) => {
      for (const summary of all) (summary as unknown as { click(): void }).click();
    });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    const { least, below } = (await page.evaluate(LEAST_CONTRAST)) as { least: number; below: string[] };
    expect(below).toEqual([]);
    expect(least).toBeLessThan(21); // something was measured
    const ground = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
    expect(Number(/\d+/.exec(ground)?.[0]) > 128).toBe(scheme === 'light');
    expect(faults).toEqual([]);
  });

  it('shows hostile names as they are, escaped', async () => {
    const { page } = await opened('busy.html');
    const text = await page.locator('main').textContent();
    expect(text).toContain('<img src=x onerror=alert(1)>\\u202e"\'\\x1b[31m');
    expect(text).toContain('\\xff\\xfe');
    expect(await page.locator('img, script, iframe').count()).toBe(0);
  });

  it('offers commands that settle the conflict on all machines', async () => {
    const { page } = await opened('busy.html');
    const [, , take] = await page.locator('.commands code').allInnerTexts();
    const mine = here as Machine;
    const copy = fs.readdirSync(path.join(mine.folder, 'edited')).find((name) => name.includes('.conflict-')) as string;
    const other = fs.readFileSync(path.join(mine.folder, 'edited', copy), 'utf8');
    expect(take).toMatch(/^mv \S+\.conflict-\w{10}\.txt \S+both\.txt$/);
    const [, from, to] = (take as string).split(' ') as [string, string, string];
    fs.renameSync(from, to);
    await mine.once({ ports: listeners.map(({ port }) => port) });
    for (const { folder } of [mine, nas as Machine, attic as Machine]) {
      expect(fs.readdirSync(path.join(folder, 'edited'))).toEqual(['both.txt']);
      expect(fs.readFileSync(path.join(folder, 'edited/both.txt'), 'utf8')).toBe(other);
    }
  });

  it('ends with 0 when all is equal, tells of the runs, and has headings and labels for those who listen', async () => {
    const { stdout, stderr } = await report('equal.html', [...peers(), '-q'], [0]);
    expect(stdout + stderr).toBe('');
    const { page } = await opened('equal.html');
    expect(await page.locator('.verdict .mark').textContent()).toContain('All equal');
    expect(await page.locator('svg.chart rect').count()).toBe(3);
    expect(await page.locator('svg.chart').getAttribute('aria-label')).toContain('3 runs, 0 not converged');
    expect(await page.locator('h1, h2').allInnerTexts()).toEqual(['machine1', 'Who has what', 'The last runs']);
    for (const region of await page.locator('[role=region]').all()) {
      expect(await region.getAttribute('aria-label')).not.toBe('');
      expect(await region.getAttribute('tabindex')).toBe('0');
    }
  });

  it('goes to standard output when that is no terminal, and what is said to standard error', async () => {
    const mine = here as Machine;
    const { stdout, stderr } = await mine.run(['report', mine.folder, ...peers()]);
    expect(stdout).toMatch(/^<!doctype html>\n<html lang="en">[\s\S]*<\/html>\n$/);
    expect(stderr).toMatch(/^p2psync: ok folder=machine1 /);
  });
});

/** In the page: the least contrast of any text on its ground (WCAG 2), and the texts below 4.5. */
const LEAST_CONTRAST = `(() => {
  const channel = (value) => (value <= 10.3149 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const isClear = (colour) => colour === 'transparent' || /, 0\\)$/.test(colour);
  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!isClear(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  let least = 21;
  const below = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (text === '' || element.closest('title')) continue;
    const style = getComputedStyle(element);
    const ink = luminance(element.closest('svg') ? style.fill : style.color);
    const ground = luminance(groundOf(element));
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    least = Math.min(least, contrast);
    if (contrast < 4.5) below.push(text + ' ' + contrast.toFixed(2));
  }
  return { least, below };
})()`;
