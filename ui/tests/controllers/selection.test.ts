import { describe, expect, test } from 'vitest';
import { Selection } from '../../src/lib/controllers/selection.svelte';

const data = { path: 'data', files: 10, bytes: 100 };
const uploads = { path: 'data/uploads', files: 6, bytes: 60 };
const one = { path: 'data/uploads/1.pdf', files: 1, bytes: 10 };
const two = { path: 'data/uploads/2.pdf', files: 1, bytes: 10 };

describe('Selection', () => {
  test('a folder takes all below it, and shows in part what is above', () => {
    const chosen = new Selection();
    chosen.toggle(uploads);
    expect([chosen.state(data), chosen.state(uploads), chosen.state(one)]).toEqual(['part', 'on', 'on']);
    expect([chosen.files, chosen.bytes]).toEqual([6, 60]);
    expect(chosen.paths()).toEqual({ paths: ['data/uploads'], except: [] });
  });

  test('one taken out of a folder, and put back', () => {
    const chosen = new Selection();
    chosen.toggle(data);
    chosen.toggle(one);
    expect([chosen.state(data), chosen.state(uploads), chosen.state(one), chosen.state(two)]).toEqual(['part', 'part', 'off', 'on']);
    expect(chosen.files).toBe(9);
    expect(chosen.paths()).toEqual({ paths: ['data'], except: [one.path] });
    chosen.toggle(one);
    expect(chosen.state(data)).toBe('on');
    expect(chosen.paths()).toEqual({ paths: ['data'], except: [] });
  });

  test('a folder taken out, and one of its files back in', () => {
    const chosen = new Selection();
    chosen.toggle(data);
    chosen.toggle(uploads);
    chosen.toggle(one);
    expect(chosen.files).toBe(5);
    expect(chosen.state(uploads)).toBe('part');
    expect(chosen.paths()).toEqual({ paths: ['data', one.path], except: ['data/uploads'] });
    chosen.toggle(data);
    expect([chosen.state(data), chosen.files]).toEqual(['on', 10]);
    chosen.toggle(data);
    expect([chosen.state(data), chosen.empty]).toEqual(['off', true]);
  });

  test('all of them one by one is the folder', () => {
    const chosen = new Selection();
    for (let at = 1; at <= 6; at += 1) chosen.toggle({ path: `data/uploads/${at}.pdf`, files: 1, bytes: 10 });
    expect(chosen.state(uploads)).toBe('on');
  });

  test('a name that begins alike is another folder', () => {
    const chosen = new Selection();
    chosen.toggle({ path: 'data/up', files: 1, bytes: 1 });
    expect(chosen.state(uploads)).toBe('off');
  });
});
