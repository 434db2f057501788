import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ICONS } from '../src/lib/icons/names';
import { words } from '../src/lib/words';

const sources: Record<string, string> = import.meta.glob('../src/**/*.{ts,svelte,css}', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const of = (folder: string) => Object.entries(sources).filter(([path]) => path.startsWith(`../src/lib/${folder}`));

describe('the house', () => {
  test('one file knows Tauri', () => {
    const knowing = Object.entries(sources).filter(([, text]) => /from '@tauri-apps/.test(text));
    expect(knowing.map(([path]) => path)).toEqual(['../src/lib/backend/tauri.ts']);
  });

  test('shared components and charts know no domain', () => {
    for (const [path, text] of [...of('components/'), ...of('charts/'), ...of('icons/')]) {
      expect(text, path).not.toMatch(/from '\.\.\/(app|backend|controllers|places|shell)/);
    }
  });

  test('controllers and the seam know no components', () => {
    for (const [path, text] of [...of('controllers/'), ...of('backend/')]) {
      expect(text, path).not.toMatch(/[A-Z]\w*\.svelte'|from '\.\.\/(components|places)/);
    }
  });

  test('places do not reach into the fake', () => {
    for (const [path, text] of [...of('places/'), ...of('controllers/'), ...of('shell/')]) {
      expect(text, path).not.toMatch(/backend\/fake/);
    }
  });

  test('no colour outside of the tokens', () => {
    for (const [path, text] of Object.entries(sources)) {
      if (path.endsWith('tokens.css') || !/\.(svelte|css)$/.test(path)) continue;
      const styles = path.endsWith('.css') ? text : (text.split('<style>')[1] ?? '');
      expect(styles, path).not.toMatch(/#[0-9a-fA-F]{3,8}\b|\brgb\(|\bhsl\(/);
    }
  });

  test('no style that the policy forbids', () => {
    for (const [path, text] of Object.entries(sources)) {
      expect(text, path).not.toMatch(/\sstyle="/);
    }
  });

  test('nothing grows beyond 300 lines', () => {
    const long = Object.entries(sources).filter(([path, text]) => !/\/(fake|generated)\//.test(path) && text.split('\n').length > 300);
    expect(long.map(([path]) => path)).toEqual([]);
  });

  test('something is seen before any script has run, in the colours of the window', () => {
    const page = readFileSync('index.html', 'utf8');
    expect(page).toMatch(/<div id="app"><div class="starting" role="status">.*Holdfast/);
    expect(sources['../src/main.ts']).toMatch(/target\.replaceChildren\(\)/);
    const tokens = readFileSync('src/lib/styles/tokens.css', 'utf8');
    const grounds = [...tokens.matchAll(/--bg:\s*#([0-9A-F]{6})/g)].map(([, hex = '']) => hex.match(/../g)?.map((two) => `0x${two.toLowerCase()}`).join(', '));
    const shell = readFileSync('../src-tauri/src/window.rs', 'utf8');
    expect(grounds).toHaveLength(3);
    for (const ground of grounds) expect(shell).toContain(`Color(${ground}, 0xff)`);
  });

  test('the icons have names', () => {
    const sprite = readFileSync('src/lib/icons/sprite.svg', 'utf8');
    const found = [...sprite.matchAll(/id="i-([^"]+)"/g)].map((match) => match[1]);
    expect(found).toEqual([...ICONS]);
  });

  test('what a run does now is said in the words of the command line', () => {
    const table = readFileSync('../src-tauri/crates/api/src/words/phases.rs', 'utf8');
    const kebab = (name: string) => name.replace(/\B[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    const theirs = [...table.matchAll(/Phase::(\w+) => "([^"]+)"/g)].map(([, name = '', said]) => [kebab(name), said]);
    expect(words.common.phases).toEqual(Object.fromEntries(theirs));
  });

  test('the words keep to the rules', () => {
    for (const [path, text] of of('words/')) {
      const said = text.match(/(['"`])(?:(?!\1)[^\\]|\\.)*\1/g)?.join('\n') ?? '';
      expect(said, path).not.toMatch(/\w!(\s|'|"|`|$)|\bplease\b|\boops\b|\bsuccessfully\b/i);
    }
  });
});
