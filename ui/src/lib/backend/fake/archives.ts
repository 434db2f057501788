import type { Questions, Tasks } from '../backend';
import type { DiffAnswer, TextLine } from '../types';
import { quick, runScript } from './jobs';
import { browse, search } from './tree';
import { failure, type World } from './world';

type Asked = Pick<Questions, 'archives' | 'show' | 'browse' | 'search_archive' | 'preview_text' | 'pin' | 'plan_delete'>;
type Run = Pick<Tasks, 'diff' | 'delete_archive'>;

const GUIDE: TextLine[] = [
  { text: '## Berths', side: 'both' },
  { text: 'Guests lie at pontoon C, 1 to 14.', side: 'other' },
  { text: 'Guests lie at pontoon B, 3 to 9.', side: 'here' },
  { text: 'Ask for length and draught first.', side: 'both' },
  { text: '', side: 'both' },
  { text: '## Tides', side: 'both' },
  { text: 'Read tide-tables-2027.pdf.', side: 'other' },
  { text: 'Read tide-tables-2026.pdf.', side: 'here' },
  { text: 'Never guess a clearance: name the table and the hour.', side: 'both' },
];

export function archivesPart(world: World): Asked & Run {
  const archive = (text: string) => {
    const found = text === 'latest' ? world.archives[0] : world.archives.find((one) => one.name === text);
    if (!found) throw failure('archive-missing', text, 'no archive has that name', `There is no archive ${text}.`, 'Choose one of the list.');
    return found;
  };
  return {
    archives: async () => {
      if (world.story === 'error') {
        throw failure('catalog-damaged', 'the catalog', 'database disk image is malformed (SQLite code 11)', 'The catalog of archives cannot be read.', 'The archives themselves are not touched by that: the catalog is built again from them.');
      }
      return { outcome: 'done', archives: [...world.archives], deployments: world.setUp ? 1 : 0, problems: [] };
    },
    show: async ({ archive: name }) => {
      const one = archive(name);
      return { outcome: 'done', archive: one.name, path: one.path, deployment: 'chatbot', created: one.created, level: one.level, kind: one.kind, host: 'fjord', program: 'holdfast 1.0.0', needs: one.needs, roots: world.settings.roots.map(({ name: root, path }) => ({ name: root, path })), files: one.files, bytes: one.bytes, made_with: [], problems: [] };
    },
    browse: async (args) => {
      archive(args.archive);
      return browse(world, args);
    },
    search_archive: async ({ pattern, limit }) => search(world, pattern, limit),
    preview_text: async ({ path, compare }) => {
      const text = /\.(md|json|csv|log|env|txt)$|^env$/.test(path);
      const lines = compare ? GUIDE : GUIDE.filter((line) => line.side !== 'other');
      return { path, size: 4200, modified: new Date(2026, 10, 12, 9, 30).toISOString(), kind: text ? 'text' : 'binary', truncated: false, masked: path.endsWith('env'), lines: text ? lines : [], other_modified: compare ? new Date(2026, 10, 19, 8, 0).toISOString() : null };
    },
    pin: async ({ archive: name, pinned }) => {
      world.archives = world.archives.map((one) => (one.name === name ? { ...one, pinned } : one));
      world.tell({ event: 'archives-changed', deployment: 'chatbot' });
    },
    plan_delete: async ({ archive: name }) => {
      const one = archive(name);
      const needed_by = world.archives.filter((other) => other.needs.includes(name)).map((other) => other.name);
      return world.plan({ archive: name, freed_bytes: one.stored_bytes, needed_by, refused: null, problems: [] });
    },
    delete_archive: ({ plan }, onProgress) => {
      const { archive: name, needed_by, freed_bytes } = world.take<{ archive: string; needed_by: string[]; freed_bytes: number }>(plan);
      const gone = [name, ...needed_by];
      return runScript(world, { kind: 'prune', stretches: [{ phase: 'removing', files: gone.length, bytes: 0, seconds: 1 }], finish: () => {
        world.archives = world.archives.filter((one) => !gone.includes(one.name));
        world.tell({ event: 'archives-changed', deployment: 'chatbot' });
        return { outcome: 'done' as const, removed: gone, freed_bytes, problems: [] };
      } }, onProgress);
    },
    diff: ({ a, b }, onProgress) =>
      quick(world, 'comparing', (): DiffAnswer => ({
        outcome: 'done', deployment: 'chatbot',
        a: { archive: a, at: archive(a ?? 'latest').created }, b: { archive: b, at: world.clock.read().toISOString() },
        added: { files: 10, bytes: 96e6 }, removed: { files: 5, bytes: 31.4e6 }, changed: { files: 23, bytes: 1.22e9 },
        changes: [
          { path: 'data/agents/harbour-guide.md', kind: 'file', what: { changed: { content: true, metadata: ['time'] } }, size_before: 4200, size_after: 4300, class: 'files' },
          { path: 'data/agents/night-watch.md', kind: 'file', what: 'removed', size_before: 3800, size_after: null, class: 'files' },
          { path: 'data/webui.db', kind: 'file', what: { changed: { content: true, metadata: [] } }, size_before: 408e6, size_after: 412e6, class: 'database' },
        ],
        truncated: false, problems: [],
      }), onProgress),
  };
} // prettier-ignore
