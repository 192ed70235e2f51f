/** The page of `report` as text: what it says, and that no name can say anything else. */
import { describe, expect, it } from 'vitest';
import type { RelPath } from '../../src/model/path.js';
import { differenceMap } from '../../src/report/page/difference-map.js';
import type { FolderReport, PastRun } from '../../src/report/page/folder-report.js';
import { html, pathHtml } from '../../src/report/page/html.js';
import { reportPage } from '../../src/report/page/page.js';
import { difference, pathOf, problem, summaryEvent } from './some-events.js';

const NOW = Date.UTC(2026, 4, 6, 7, 8, 9);

function aRun(more: Partial<PastRun> = {}): PastRun {
  const { created, updated, metadata, deleted, restored, conflicts, problems } = summaryEvent();
  const { wireSent, wireReceived, literalBytes, matchedBytes, reusedBytes, seconds } = summaryEvent();
  const counts = { created, updated, metadata, deleted, restored, conflicts, problems };
  const bytes = { wireSent, wireReceived, literalBytes, matchedBytes, reusedBytes };
  return { time: NOW, seconds, converged: true, peers: 2, ...counts, ...bytes, ...more };
}

function aReport(more: Partial<FolderReport> = {}): FolderReport {
  const known = {
    replica: '72'.repeat(8),
    entries: 12,
    bytes: 4096,
    conflicts: [],
    peers: [{ name: 'attic', address: '10.0.0.9:22327', lastSeen: NOW }],
  };
  const folder = { folder: 'Photos', path: '/home/a/Photos', available: true, group: 'ab'.repeat(16), epoch: 1 };
  return {
    status: { ...folder, known, trash: { files: 0, bytes: 0 } },
    summary: summaryEvent({ command: 'check', exit: 0 }),
    differences: differenceMap(),
    directories: [{ path: pathOf('img'), entries: 3, bytes: 12 }],
    held: (path) => (path === 'img' ? { path, entries: 3, bytes: 12 } : undefined),
    conflicts: [],
    problems: [],
    runs: [],
    ...more,
  };
}

function differing(...paths: readonly string[]) {
  const map = differenceMap();
  for (const path of paths) map.add({ ...difference(path), peer: 'nas' } as never);
  return map;
}

const page = (...reports: readonly FolderReport[]) => reportPage(reports, NOW, '1.2.3');

describe('html', () => {
  it('escapes text in content and in attributes, and keeps markup that it made itself', () => {
    const name = `<script>"'\`&</script>`;
    expect(html`<b title="${name}">${html`<i>${name}</i>`}</b>`.markup).not.toMatch(/<script|[`']|""/);
    expect(html`<p>${[html`<i>1</i>`, html`<i>2</i>`]}${undefined}${3}</p>`.markup).toBe('<p><i>1</i><i>2</i>3</p>');
  });

  it('shows control, bidi and broken bytes instead of obeying them', () => {
    expect(pathHtml(pathOf('a\u202eb\x1b[31m\n')).markup).toBe('<bdi class="path">a\\u202eb\\x1b[31m\\n</bdi>');
    expect(pathHtml('a\xff' as RelPath).markup).toContain('a\\xff');
    expect(html`${'\u202e\x07'}`.markup).toBe('\\u202e\\x07');
  });
});

describe('the differences', () => {
  it('count at each directory above, for each peer and kind', () => {
    const map = differenceMap();
    map.add({ ...difference('a/b/1'), peer: 'nas', what: 'only-here' } as never);
    map.add({ ...difference('a/2'), peer: 'nas', what: 'metadata' } as never);
    map.add({ ...difference('3'), peer: 'attic', what: 'only-there' } as never);
    expect(map.total).toBe(3);
    expect(map.below('' as RelPath).get('nas')).toEqual({ onlyHere: 1, onlyThere: 0, different: 1 });
    expect(map.below('' as RelPath).get('attic')).toEqual({ onlyHere: 0, onlyThere: 1, different: 0 });
    expect(map.below(pathOf('a/b')).get('nas')).toEqual({ onlyHere: 1, onlyThere: 0, different: 0 });
    expect(map.below(pathOf('b')).size).toBe(0);
  });

  it('give way from the deepest directories when there are too many, and keep the order of a tree', () => {
    const map = differing('a/x/1', 'a b/1', 'a/y/1', 'b/z/1');
    expect(map.directories(10)).toEqual(['a', 'a/x', 'a/y', 'a b', 'b', 'b/z']);
    expect(map.directories(4)).toEqual(['a', 'a b', 'b']);
    expect(map.directories(2)).toEqual(['a', 'a b']);
  });

  it('are all counted and only the first listed, however many there are', () => {
    const map = differenceMap();
    for (let i = 0; i < 22_000; i++) map.add({ ...difference(`top${i % 7}/d${i}/f`), peer: 'nas' } as never);
    expect(map.total).toBe(22_000);
    expect(map.listed).toHaveLength(300);
    expect(map.below('' as RelPath).get('nas')?.onlyHere).toBe(22_000);
    expect(map.directories(60)).toEqual(['top0', 'top1', 'top2', 'top3', 'top4', 'top5', 'top6']);
    const text = page(aReport({ differences: map, summary: summaryEvent({ command: 'check', exit: 1 }) }));
    expect(text.length).toBeLessThan(400_000);
    expect(text).toContain('and 21,700 more');
  });
});

describe('the page', () => {
  it('says that all is equal only of what was compared', () => {
    expect(page(aReport())).toContain('All equal');
    const alone = {
      error: { code: 'no-peers', message: 'nobody: run `p2psync listen`' },
      peers: [],
      root: '',
    } as const;
    const silent = page(aReport({ summary: summaryEvent({ command: 'check', exit: 21, ...alone }) }));
    expect(silent).not.toMatch(/All equal|<span aria-hidden="true">✓<\/span> equal<\/span><\/span><\/td>/);
    expect(silent).toContain('No peer answered');
    expect(silent).toContain('<code>p2psync listen</code>');
    expect(silent).toContain('attic');
    expect(silent).toContain('not asked');
  });

  it('gives each peer a cell in each row', () => {
    const [nas, laptop] = summaryEvent().peers;
    const peers = [{ ...(nas as typeof nas & object), equal: false }, laptop as typeof laptop & object];
    const text = page(
      aReport({
        differences: differing('img/1', 'img/2'),
        summary: summaryEvent({ command: 'check', exit: 1, peers }),
      }),
    );
    const row = /<tr><th scope="row" class="depth1">.*?<\/tr>/s.exec(text)?.[0];
    expect(row).toMatch(/data-peer="nas">.*2 missing.*data-peer="laptop">.*equal/s);
  });

  it('has the commands that settle a conflict as they are to be typed', () => {
    const commands = [{ meaning: 'keep', line: `rm $'a\\xff <b>'` }];
    const conflict = { path: pathOf('a<b>'), copy: pathOf('a<b>.conflict-0123456789'), commands };
    const text = page(aReport({ conflicts: [{ ...conflict, loser: { bytes: 3, time: NOW } }] }));
    expect(text).toContain('<code>rm $&#39;a\\xff &#60;b&#62;&#39;</code>');
    expect(text).toContain('no longer there');
  });

  it('draws each run as a bar, and one that failed or had a conflict otherwise', () => {
    const runs = [aRun(), aRun({ converged: false, conflicts: 0 }), aRun({ created: 0, updated: 0, conflicts: 0 })];
    const text = page(aReport({ runs }));
    expect(text.match(/<g class="ok"><title>/g)).toHaveLength(2);
    expect(text.match(/<g class="failed"><title>/g)).toHaveLength(1);
    expect(text.match(/<circle /g)).toHaveLength(1);
    expect(text).toContain('nothing to do');
  });

  it('fetches nothing and runs nothing, whatever the names are', () => {
    const hostile = `<img src=x onerror=alert(1)>"'><script>alert(2)</script>\u202e\x1b]0;x\x07`;
    const peers = [{ name: hostile, address: hostile, replica: '72', equal: false }];
    const text = page(
      aReport({
        status: { ...aReport().status, folder: hostile, path: `/${hostile}`, available: false, reason: hostile },
        summary: summaryEvent({ command: 'check', exit: 23, peers }),
        differences: differing(`${hostile}/${hostile}`),
        problems: [problem(hostile, { message: hostile, peer: hostile }) as never],
        runs: [aRun()],
        conflicts: [
          {
            path: pathOf(hostile),
            copy: pathOf(hostile),
            loser: { bytes: 1, time: NOW },
            commands: [{ meaning: 'x', line: hostile }],
          },
        ],
      }),
    );
    expect(text).not.toMatch(/<script|<img|<link|<iframe|@import|url\(|https?:|\son\w+=["']/i);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(text).toContain('default-src &#39;none&#39;');
  });
});
