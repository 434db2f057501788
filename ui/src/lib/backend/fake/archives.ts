import type { Questions, Tasks } from '../backend';
import type { Class, DiffAnswer, DiffChange, Note, TextLine } from '../types';
import { quick, runScript } from './jobs';
import { locked } from './lock';
import { browse, search } from './tree';
import { failure, type World } from './world';

type Asked = Pick<Questions, 'archives' | 'show' | 'browse' | 'search_archive' | 'preview_text' | 'pin' | 'settle' | 'settled' | 'plan_delete'>;
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

const SECRETS: TextLine[] = [
  { text: 'WEBUI_URL=http://127.0.0.1:8080', side: 'both' },
  { text: 'OPENAI_API_KEY=••••••••', side: 'both' },
  { text: 'WEBUI_SECRET_KEY=••••••••', side: 'both' },
];

const changed = (path: string, size_before: number, size_after: number, kind: Class = 'files'): DiffChange => ({ path, kind: 'file', what: { changed: { content: true, metadata: ['time'] } }, size_before, size_after, class: kind });
const CHANGES: DiffChange[] = [
  changed('data/agents/harbour-guide.md', 4200, 4300),
  { path: 'data/agents/night-watch.md', kind: 'file', what: 'removed', size_before: 3800, size_after: null, class: 'files' },
  changed('data/agents/tools.json', 11_000, 11_400),
  changed('data/config.json', 12_400, 12_900, 'config'),
  ...[14, 57, 102, 340].map((number): DiffChange => ({ path: `data/uploads/charts-north-sea-${String(number).padStart(4, '0')}.pdf`, kind: 'file', what: 'removed', size_before: 7.8e6, size_after: null, class: 'files' })),
  ...Array.from({ length: 10 }, (_, index): DiffChange => ({ path: `data/uploads/tide-tables-2027-${String(index + 1).padStart(2, '0')}.pdf`, kind: 'file', what: 'added', size_before: null, size_after: 9.6e6, class: 'files' })),
  ...Array.from({ length: 19 }, (_, index) => changed(`data/vector_db/segment-${String(11 + Math.floor(index / 5)).padStart(2, '0')}/part-${(index % 5) + 1}.bin`, 19e6, 19.4e6, 'vectors')),
  changed('data/webui.db', 408e6, 412e6, 'database'),
]; // prettier-ignore

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
      const whole = world.archives.filter((one) => one.restorable && !one.captured?.matters);
      const offered = (whole.find((one) => one.kind !== 'emergency') ?? whole[0])?.name ?? null;
      return { outcome: 'done', archives: [...world.archives], offered, deployments: world.setUp ? 1 : 0, problems: [] };
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
    preview_text: async ({ path, compare, keys }) => {
      const closed = locked(world, keys);
      if (closed) throw closed;
      const text = /\.(md|json|csv|log|env|txt)$|^env$/.test(path);
      const here = path.endsWith('env') ? SECRETS : GUIDE;
      const lines = compare ? here : here.filter((line) => line.side !== 'other').map(({ text: said }): TextLine => ({ text: said, side: 'both' }));
      return { path, size: 4200, modified: new Date(2026, 10, 12, 9, 30).toISOString(), kind: text ? 'text' : 'binary', truncated: false, masked: path.endsWith('env'), lines: text ? lines : [], other_modified: compare ? new Date(2026, 10, 19, 8, 0).toISOString() : null };
    },
    pin: async ({ archive: name, pinned }) => {
      world.archives = world.archives.map((one) => (one.name === name ? { ...one, pinned } : one));
      world.tell({ event: 'archives-changed', deployment: 'chatbot' });
      return { outcome: 'done', deployment: 'chatbot', archive: name, pinned };
    },
    settle: async ({ paths, take_back }) => {
      const known = world.settled.filter(({ path }) => !paths.includes(path));
      const said = paths.map((path) => ({ path, at: world.clock.read().toISOString() }));
      world.settled = take_back ? known : [...said, ...known];
      world.tell({ event: 'archives-changed', deployment: 'chatbot' });
      return { outcome: 'done', deployment: 'chatbot', settled: take_back ? [] : paths, taken_back: take_back ? paths : [], left: 0 };
    },
    settled: async () => ({ outcome: 'done', deployment: 'chatbot', settled: world.settled }),
    plan_delete: async ({ archive: name }) => {
      archive(name);
      const needed_by = world.archives.filter((other) => other.needs.includes(name)).map((other) => other.name);
      const good = world.archives.filter((other) => other.restorable && other.name !== name && !needed_by.includes(other.name));
      const refused: Note | null = good.length > 0 ? null : { code: 'bad-request', severity: 'problem', subject: name, cause: 'no other archive is as good', title: 'It is the last good archive.', next_step: 'Make a full backup and check it first; then this one can go.' };
      const freed_bytes = world.archives.filter((other) => other.name === name || needed_by.includes(other.name)).reduce((sum, other) => sum + other.stored_bytes, 0);
      return world.plan({ archive: name, freed_bytes, needed_by, refused, problems: [] });
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
    diff: ({ a, b, keys }, onProgress) =>
      quick(world, 'comparing', (): DiffAnswer => ({
        outcome: 'done', deployment: 'chatbot',
        a: { archive: a, at: archive(a ?? 'latest').created }, b: { archive: b, at: world.clock.read().toISOString() },
        added: { files: 10, bytes: 96e6 }, removed: { files: 5, bytes: 31.4e6 }, changed: { files: 23, bytes: 1.22e9 },
        changes: CHANGES,
        truncated: false, problems: [],
      }), onProgress, locked(world, keys)),
  };
} // prettier-ignore
