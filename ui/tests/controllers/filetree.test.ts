import { describe, expect, test } from 'vitest';
import type { BrowseEntry } from '../../src/lib/backend/types';
import { FileTree } from '../../src/lib/controllers/filetree.svelte';

const entry = (path: string, kind: 'file' | 'folder'): BrowseEntry => ({
  path, name: path.slice(path.lastIndexOf('/') + 1), kind, class: 'files', mode: '', user: '', group: '', size: 1, modified: '',
  sha256: null, link: null, database: false, files: 1, bytes: 1, change: null, changed: 0,
}); // prettier-ignore

/** Two folders of 1,000 files, of which the first holds another folder of 5. */
function treeOf(asked: string[] = []) {
  const level = (path: string): BrowseEntry[] => {
    if (path === '') return ['a', 'b', 'c', 'd'].map((name) => entry(name, 'folder'));
    if (path === 'a/inner') return Array.from({ length: 5 }, (_, at) => entry(`a/inner/${at}`, 'file'));
    const files = Array.from({ length: 1000 }, (_, at) => entry(`${path}/${at}`, 'file'));
    return path === 'a' ? [entry('a/inner', 'folder'), ...files] : files;
  };
  return new FileTree(async (path, offset) => {
    asked.push(`${path}@${offset}`);
    const all = level(path);
    return { path, entries: all.slice(offset, offset + 100), total: all.length };
  }, 100);
}

const pathAt = (tree: FileTree, index: number) => {
  const row = tree.row(index);
  return row.kind === 'entry' ? row.entry.path : row.kind;
};

describe('FileTree', () => {
  test('rows run through what is open, at any depth', async () => {
    const tree = treeOf();
    await tree.load();
    expect(tree.count).toBe(4);
    await tree.toggle(0);
    await tree.toggle(1);
    expect(tree.count).toBe(4 + 1001 + 5);
    expect([0, 1, 2, 6, 7].map((index) => pathAt(tree, index))).toEqual(['a', 'a/inner', 'a/inner/0', 'a/inner/4', 'a/0']);
    expect(pathAt(tree, 1 + 1001 + 5)).toBe('b');
    expect(tree.aboveOf(2)).toBe(1);
    expect(tree.aboveOf(7)).toBe(0);
    expect(tree.aboveOf(0)).toBeNull();
  });

  test('pages are asked for when they come into view, once', async () => {
    const asked: string[] = [];
    const tree = treeOf(asked);
    await tree.load();
    await tree.toggle(1);
    expect(pathAt(tree, 2 + 500)).toBe('waiting');
    tree.inView(2 + 495, 2 + 505);
    tree.inView(2 + 495, 2 + 505);
    await Promise.resolve();
    await Promise.resolve();
    expect(asked.filter((one) => one.startsWith('b@'))).toEqual(['b@0', 'b@400', 'b@500']);
    expect(pathAt(tree, 2 + 500)).toBe('b/500');
  });

  test('the current row stays the same thing while others open, and is never inside what is closed', async () => {
    const tree = treeOf();
    await tree.load();
    tree.moveTo(1);
    await tree.toggle(0);
    expect(pathAt(tree, tree.current)).toBe('b');
    tree.moveTo(5);
    await tree.toggle(0);
    expect(pathAt(tree, tree.current)).toBe('a');
  });

  test('opens again what was open', async () => {
    const first = treeOf();
    await first.load();
    await first.toggle(0);
    await first.toggle(1);
    const second = treeOf();
    await second.load(first.openPaths());
    expect(second.count).toBe(first.count);
    expect(pathAt(second, 2)).toBe('a/inner/0');
  });
});
