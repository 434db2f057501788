import { expect, test } from 'vitest';
import { parseMoment } from '../src/lib/places/archives/moment';
import { exactWords } from '../src/lib/format';

// Saturday
const now = new Date(2026, 10, 21, 13, 48);
const said = (text: string) => {
  const at = parseMoment(text, now);
  return at && exactWords(at);
};

test.each([
  ['13:45', '2026-11-21 13:45'],
  ['today', '2026-11-21 23:59'],
  ['yesterday 14:30', '2026-11-20 14:30'],
  ['Yesterday, 14.30', '2026-11-20 14:30'],
  ['sunday', '2026-11-15 23:59'],
  ['Sun 02:00', '2026-11-15 02:00'],
  ['saturday', '2026-11-14 23:59'],
  ['15 Nov', '2026-11-15 23:59'],
  ['Sunday 15 November, 02:00', '2026-11-15 02:00'],
  ['15 Nov 2025 10:00', '2025-11-15 10:00'],
  ['24 December', '2025-12-24 23:59'],
  ['2026-11-15', '2026-11-15 23:59'],
  ['2026-11-15 02:00', '2026-11-15 02:00'],
  ['2026-11-15T02:00', '2026-11-15 02:00'],
  ['3 days ago', '2026-11-18 13:48'],
  ['2 h', '2026-11-21 11:48'],
])('%s', (text, expected) => expect(said(text)).toBe(expected));

test.each(['', 'some time', '25:00', '31 Feb', '2026-13-01', '12:75'])('%s says no moment', (text) => expect(said(text)).toBeNull());
