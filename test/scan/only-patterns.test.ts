import { describe, expect, it } from 'vitest';
import type { Name, RelPath } from '../../src/model/path.js';
import { OnlyPatterns } from '../../src/scan/only-patterns.js';

const FILES = ['a.jpg', 'b.txt', '.hidden.jpg'];
const DIRECTORIES = ['photos', 'docs'];

function select(patterns: string[], directory = '', files = FILES, directories = DIRECTORIES): string[] {
  const candidates = [
    ...files.map((name) => ({ name: name as Name, isDirectory: false })),
    ...directories.map((name) => ({ name: name as Name, isDirectory: true })),
  ];
  return [...new OnlyPatterns(patterns).select(directory as RelPath, candidates)].sort();
}

describe('--only', () => {
  it('selects by a pattern of the root only at the root', () => {
    expect(select(['*.jpg'])).toEqual(['.hidden.jpg', 'a.jpg']);
    expect(select(['*.jpg'], 'photos')).toEqual([]);
  });

  it('keeps the directories in which something may be selected', () => {
    expect(select(['**/*.jpg'])).toEqual(['.hidden.jpg', 'a.jpg', 'docs', 'photos']);
    expect(select(['**/*.jpg'], 'photos/2020')).toEqual(['.hidden.jpg', 'a.jpg', 'docs', 'photos']);
    expect(select(['photos/**'])).toEqual(['photos']);
    expect(select(['photos/*.jpg'])).toEqual(['photos']);
    expect(select(['photos/*.jpg'], 'photos')).toEqual(['.hidden.jpg', 'a.jpg']);
  });

  it('takes the whole of a directory that is named without wildcards', () => {
    expect(select(['photos'])).toEqual(['photos']);
    expect(select(['photos/'], 'photos')).toEqual(['.hidden.jpg', 'a.jpg', 'b.txt', 'docs', 'photos']);
    expect(select(['./photos'], 'photos/docs')).toEqual(['.hidden.jpg', 'a.jpg', 'b.txt', 'docs', 'photos']);
    expect(select(['photos'], 'docs')).toEqual([]);
  });

  it('unites several patterns, knows braces, and takes out what a negative one matches', () => {
    expect(select(['*.txt', '*.jpg'])).toEqual(['.hidden.jpg', 'a.jpg', 'b.txt']);
    expect(select(['*.{txt,jpg}', '!.hidden*'])).toEqual(['a.jpg', 'b.txt']);
  });

  it('is not confused by names with line ends, or that are no UTF-8', () => {
    const odd = ['one\ntwo.jpg', '\xff\xfe.jpg', '\xff\xfe.txt'];
    expect(select(['**/*.jpg'], '', odd, [])).toEqual(['one\ntwo.jpg', '\xff\xfe.jpg']);
    expect(select(['**'], '', odd, [])).toEqual([...odd].sort());
    const directory = 'd\n\xe4' as RelPath;
    expect(select(['**/*.jpg'], directory, odd, [])).toEqual(['one\ntwo.jpg', '\xff\xfe.jpg']);
  });

  it('matches characters, not bytes', () => {
    const umlaut = Buffer.from('ä.txt').toString('latin1');
    expect(select(['?.txt'], '', [umlaut], [])).toEqual([umlaut]);
    expect(select(['ä.txt'], '', [umlaut], [])).toEqual([umlaut]);
  });
});
