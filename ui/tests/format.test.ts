import { describe, expect, test } from 'vitest';
import {
  ageWords,
  agoWords,
  countWords,
  daysBetween,
  durationWords,
  momentWords,
  numberWords,
  sizeOf,
  sizeWords,
} from '../src/lib/format';

const now = new Date(2026, 10, 21, 13, 48);
const before = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);

describe('sizes are said as the command line says them', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [4_200_000_000, '4.2 GB'],
    [38_200_000_000, '38.2 GB'],
    [412_000_000, '412 MB'],
    [999_499_999, '999 MB'],
    [999_600_000, '1.0 GB'],
  ])('%d', (bytes, words) => expect(sizeWords(bytes)).toBe(words));

  test('done and total share a unit', () => {
    expect(sizeOf(1_610_000_000, 4_200_000_000)).toEqual({ done: '1.61', total: '4.20 GB' });
    expect(sizeOf(0, 112_000_000_000)).toEqual({ done: '0', total: '112 GB' });
    expect(sizeOf(12, 800)).toEqual({ done: '12', total: '800 B' });
  });

  test('counts', () => {
    expect(numberWords(300_000)).toBe('300,000');
    expect(countWords(1, 'file', 'files')).toBe('1 file');
  });
});

describe('times', () => {
  test.each([
    [10, 'just now'],
    [180, '3 min ago'],
    [3600, '1 h ago'],
    [7200, '2 h ago'],
    [3 * 86_400, '3 days ago'],
    [-720, 'in 12 min'],
  ])('%d s ago', (seconds, words) => expect(agoWords(before(seconds), now)).toBe(words));

  test.each([
    [42, '42 s'],
    [108, '1 min 48 s'],
    [680, '11 min'],
    [7500, '2 h 5 min'],
    [200_000, '2 days'],
  ])('%d s', (seconds, words) => expect(durationWords(seconds)).toBe(words));

  test('an age does not count seconds', () => {
    expect(ageWords(199)).toBe('3 min');
    expect(ageWords(20)).toBe('under 1 min');
    expect(ageWords(42_480)).toBe('11 h 48 min');
  });

  test('a moment is said as a person says it', () => {
    expect(momentWords(new Date(2026, 10, 21, 13, 45), now)).toBe('13:45');
    expect(momentWords(new Date(2026, 10, 20, 2, 0), now)).toBe('yesterday 02:00');
    expect(momentWords(new Date(2026, 10, 12, 2, 0), now)).toBe('Thu 12 Nov 02:00');
    expect(momentWords(new Date(2025, 11, 1, 10, 0), now)).toBe('Mon 1 Dec 2025 10:00');
  });

  test('days are counted by midnights, also over a change of clocks', () => {
    expect(daysBetween(new Date(2026, 9, 24, 23), new Date(2026, 9, 26, 1))).toBe(2);
  });
});
