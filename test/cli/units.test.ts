import { describe, expect, it } from 'vitest';
import { parseDuration, parseSize, parseWhole } from '../../src/cli/units.js';

describe('parseDuration', () => {
  it.each([
    ['3', 3_000],
    ['3s', 3_000],
    ['0', 0],
    ['250ms', 250],
    ['1.5m', 90_000],
    ['2min', 120_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0.25', 250],
    ['10 s', 10_000],
  ])('reads %s as %d milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', 's', '-3', '3x', '1e3', '0x10', '3,5s', '.5', '5.', '3s4', 'NaN', 'Infinity', '99999999999999d'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('parseSize', () => {
  it.each([
    ['4096', 4_096],
    ['0', 0],
    ['10MiB', 10 * 1024 ** 2],
    ['10mib', 10 * 1024 ** 2],
    ['500K', 500 * 1024],
    ['1.5G', 1.5 * 1024 ** 3],
    ['2MB', 2_000_000],
    ['2kB', 2_000],
    ['1T', 1024 ** 4],
    ['10MiB/s', 10 * 1024 ** 2],
    ['7B', 7],
  ])('reads %s as %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'MiB', '-1', '1e3', '10MiBs', '10 M iB', '1.2.3', '10m/h'])('refuses %j', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});

describe('parseWhole', () => {
  it('reads a number within its bounds', () => {
    expect(parseWhole('22327', 1, 65_535)).toBe(22_327);
  });

  it.each(['0', '65536', '010', '1e3', '+1', '-1', '1.0', ' 1', '0x1', ''])('refuses %j as a port', (text) => {
    expect(parseWhole(text, 1, 65_535)).toBeUndefined();
  });
});
