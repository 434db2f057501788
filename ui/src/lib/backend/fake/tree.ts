import type { BrowseArgs, BrowseEntry, Class, EntryChange } from '../types';
import { chance } from './sample/archives';
import type { World } from './world';

interface Node {
  name: string;
  class: Class;
  size: number;
  files: number;
  children: (() => Node[]) | null;
  change: EntryChange;
}

const file = (name: string, size: number, kind: Class = 'files', change: EntryChange = 'same'): Node => ({ name, class: kind, size, files: 1, children: null, change });

function folder(name: string, kind: Class, children: () => Node[], totals?: { files: number; size: number }): Node {
  const made = totals ? null : children();
  const size = totals?.size ?? made!.reduce((sum, node) => sum + node.size, 0);
  const files = totals?.files ?? made!.reduce((sum, node) => sum + node.files, 0);
  return { name, class: kind, size, files, children, change: 'same' };
}

const NAMES = ['charts-north-sea', 'tide-tables', 'minutes', 'harbour-plan', 'invoice', 'berth-list', 'crew-notes', 'weather', 'manual', 'scan'];
const ENDS = ['pdf', 'docx', 'png', 'md', 'csv'];

function uploads(count: number, bytes: number, seed: number): Node[] {
  const random = chance(seed);
  return Array.from({ length: count }, (_, index) => {
    const name = `${NAMES[Math.floor(random() * NAMES.length)]}-${String(index + 1).padStart(4, '0')}.${ENDS[Math.floor(random() * ENDS.length)]}`;
    const roll = random();
    const change: EntryChange = roll < 0.01 ? 'changed' : roll < 0.016 ? 'gone' : roll < 0.02 ? 'new' : 'same';
    return file(name, (bytes / count) * (0.4 + random() * 1.2), 'files', change);
  });
}

/** Of the sample, or with 300,000 uploads in one folder, which is the worst for a list. */
function rootsOf(world: World): Node[] {
  const huge = world.story === 'huge';
  const many = huge ? 298_690 : 1284;
  const agents = () => [
    file('archivist.md', 5100),
    file('harbour-guide.md', 4200, 'files', 'changed'),
    file('night-watch.md', 3800, 'files', 'gone'),
    file('tools.json', 11_000, 'files', 'changed'),
  ];
  const vectors = () => Array.from({ length: 14 }, (_, index) => folder(`segment-${String(index + 1).padStart(2, '0')}`, 'vectors', () => ['data_level0.bin', 'header.bin', 'length.bin', 'link_lists.bin'].map((name) => file(name, 19e6, 'vectors', index > 10 ? 'changed' : 'same'))));
  const data = () => [
    folder('agents', 'files', agents),
    folder('uploads', 'files', () => uploads(many, huge ? 110e9 : 2.6e9, 11), { files: many, size: huge ? 110e9 : 2.6e9 }),
    folder('vector_db', 'vectors', () => [...vectors(), file('chroma.sqlite3', 22e6, 'database', 'changed')]),
    folder('logs', 'logs', () => Array.from({ length: 32 }, (_, index) => file(`open-webui-${index + 1}.log`, 0.8e6, 'logs'))),
    file('webui.db', 412e6, 'database', 'changed'),
    file('.webui_secret_key', 88, 'config'),
    file('config.json', 12_400, 'config', 'changed'),
  ];
  return [folder('data', 'files', data), file('env', 1900, 'config')];
}

const trees = new WeakMap<World, Map<string, Node[]>>();

function levelOf(world: World, path: string): Node[] {
  const known = trees.get(world) ?? new Map<string, Node[]>();
  trees.set(world, known);
  const found = known.get(path);
  if (found) return found;
  let level: Node[];
  if (path === '') level = rootsOf(world);
  else {
    const cut = path.lastIndexOf('/');
    const above = levelOf(world, cut < 0 ? '' : path.slice(0, cut));
    level = above.find((node) => node.name === path.slice(cut + 1))?.children?.() ?? [];
  }
  known.set(path, level);
  return level;
}

function entryOf(node: Node, above: string, compare: boolean, at: string): BrowseEntry {
  const inner = node.children && node.files < 5000 ? node.children() : [];
  const changed = (nodes: Node[]): number => nodes.reduce((sum, one) => sum + (one.children && one.files < 5000 ? changed(one.children()) : one.change === 'same' ? 0 : 1), 0);
  return {
    path: above === '' ? node.name : `${above}/${node.name}`,
    name: node.name,
    kind: node.children ? 'folder' : 'file',
    class: node.class,
    mode: node.children ? '0750' : '0640',
    user: 'mara',
    group: 'mara',
    size: Math.round(node.children ? 0 : node.size),
    modified: at,
    sha256: null,
    link: null,
    database: node.class === 'database',
    files: node.files,
    bytes: Math.round(node.size),
    change: compare && !node.children ? node.change : null,
    changed: compare ? changed(inner) : 0,
  };
}

export function browse(world: World, { path, offset, limit, compare }: BrowseArgs) {
  const at = world.archives[0]?.created ?? world.clock.read().toISOString();
  const level = levelOf(world, path).filter((node) => compare !== null || node.change !== 'new');
  const entries = level.slice(offset, offset + Math.min(limit, 1000)).map((node) => entryOf(node, path, compare !== null, at));
  return { path, entries, total: level.length };
}

/** Where there is no end of files, the first level's are enough to show how a search looks. */
export function search(world: World, pattern: string, limit: number) {
  const wanted = pattern.toLowerCase().replaceAll('*', '');
  const found: BrowseEntry[] = [];
  const at = world.archives[0]?.created ?? '';
  const walk = (path: string): boolean =>
    levelOf(world, path).every((node) => {
      const inner = path === '' ? node.name : `${path}/${node.name}`;
      if (!node.children && inner.toLowerCase().includes(wanted)) {
        if (found.length === limit) return false;
        found.push(entryOf(node, path, false, at));
      }
      return node.children ? walk(inner) : true;
    });
  return { more: !walk(''), entries: found };
}
