import { describe, expect, it } from 'vitest';
import { countOf, countText, durationText, percentText, rateText, sizeText } from '../../src/report/quantity.js';

describe('sizes', () => {
  it.each([
    [0, '0B'],
    [1, '1B'],
    [1023, '1023B'],
    [1024, '1KiB'],
    [1536, '1.5KiB'],
    [10 * 1024, '10KiB'],
    [1_048_575, '1MiB'],
    [38 * 1024 ** 2, '38MiB'],
    [1024 ** 3 - 1, '1GiB'],
    [9.96 * 1024 ** 2, '10MiB'],
    [3 * 1024 ** 4, '3TiB'],
    [5000 * 1024 ** 5, '5000PiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });

  it('rates are sizes a second', () => {
    expect(rateText(38 * 1024 ** 2)).toBe('38MiB/s');
  });
});

describe('durations', () => {
  it.each([
    [0, '0s'],
    [0.04, '0s'],
    [0.4, '0.4s'],
    [9.96, '10s'],
    [14.2, '14s'],
    [59.6, '1m00s'],
    [125, '2m05s'],
    [3_599.7, '1h00m'],
    [3_720, '1h02m'],
    [100_000, '1d03h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

it('percent is 100 only when it is all there, and 0 only when nothing is', () => {
  expect(percentText(0, 10)).toBe('0%');
  expect(percentText(1, 10_000)).toBe('1%');
  expect(percentText(9_999, 10_000)).toBe('99%');
  expect(percentText(10, 10)).toBe('100%');
  expect(percentText(0, 0)).toBe('100%');
});

it('counts have separators and their noun', () => {
  expect(countText(12_041)).toBe('12,041');
  expect(countText(1_234_567)).toBe('1,234,567');
  expect(countOf(1, 'peer')).toBe('1 peer');
  expect(countOf(0, 'entry', 'entries')).toBe('0 entries');
});
