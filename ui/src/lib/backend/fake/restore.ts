import type { Questions, Tasks } from '../backend';
import type { InUse, Note, RestoreAnswer, RestorePreview, SetAside, UndoPreview } from '../types';
import { clockWords } from '../../format';
import { quick, runScript } from './jobs';
import { damaged, locked } from './lock';
import { nameOf } from './sample/archives';
import { failure, type World } from './world';

type Asked = Pick<Questions, 'plan_undo' | 'preserved' | 'drop_plan'>;
type Run = Pick<Tasks, 'plan_restore' | 'restore' | 'undo' | 'forget' | 'salvage'>;

export function restorePreview(world: World, at: string, into: string | null): RestorePreview {
  const archive = world.archives.find((one) => one.name === at) ?? world.archives[0];
  const in_place = into === null;
  return {
    archive: archive?.name ?? at,
    kind: archive?.kind ?? 'scheduled',
    at: archive?.created ?? world.clock.read().toISOString(),
    deployment: 'chatbot',
    headline: in_place ? `Conversations go back to ${clockWords(new Date(archive?.created ?? world.clock.read()))}: 28 files come back, 10 are deleted` : '1,594 files come back',
    effect: in_place ? 'Restore 28 files, delete 10' : 'Restore 1,594 files',
    leaves: in_place ? 'What was written since then leaves the chatbot; it is in the archive that is made first.' : null,
    deleted_said: in_place ? 'not in the archive; 4 written since then' : '',
    nothing: false,
    in_place,
    roots: [{ name: 'data', path: into ? `${into}/data` : '/srv/chatbot', exists: in_place }],
    created: in_place ? { files: 5, bytes: 31.4e6 } : { files: 1594, bytes: 4.2e9 },
    replaced: in_place ? { files: 23, bytes: 1.22e9 } : { files: 0, bytes: 0 },
    deleted: in_place ? { files: 10, bytes: 96e6 } : { files: 0, bytes: 0 },
    unchanged: in_place ? { files: 36, bytes: 310e6 } : { files: 0, bytes: 0 },
    kept: in_place ? { files: 1542, bytes: 2.5e9 } : { files: 0, bytes: 0 },
    bytes_to_write: in_place ? 1.25e9 : 4.2e9,
    bytes_to_copy: 0,
    emergency_bytes: in_place ? 32e6 : null,
    free_bytes: 200e9,
    needs: [{ archive: archive?.name ?? at, reachable: true }, ...(archive?.needs ?? []).map((name) => ({ archive: name, reachable: true }))],
    changes: in_place
      ? [
          { path: 'data/webui.db', action: 'replace', bytes: 412e6 },
          { path: 'data/vector_db', action: 'replace', bytes: 806e6 },
          { path: 'data/agents/harbour-guide.md', action: 'replace', bytes: 4200 },
          { path: 'data/agents/night-watch.md', action: 'create', bytes: 3800 },
          { path: 'data/uploads/charts-north-sea.pdf', action: 'create', bytes: 14e6 },
          { path: 'data/webui.db-wal', action: 'delete', bytes: 22e6 },
          { path: 'data/vector_db/segment-15', action: 'delete', bytes: 74e6 },
        ]
      : [{ path: 'data/webui.db', action: 'create', bytes: 412e6 }],
    changes_truncated: false,
    in_use: in_place && world.story === 'attention' ? [RUNNING] : [],
    problems: [],
  };
}

export const IN_USE: Note = {
  code: 'files-in-use',
  severity: 'notice',
  subject: '/srv/chatbot/webui.db',
  cause: 'open-webui (process 2214) holds it open',
  title: 'open-webui (process 2214) holds webui.db open.',
  next_step: 'Stop it before the restore; nothing else is in the way.',
};

/** The chatbot, which was not stopped. */
export const RUNNING: InUse = {
  name: 'open-webui',
  pid: 2214,
  since: '2026-11-20T07:14:00Z',
  program: '/usr/bin/python3.12',
  opens: true,
  writes: true,
  file: '/srv/chatbot/webui.db',
  stop: 'Stop it with:',
  command: 'systemctl --user stop open-webui.service',
};

const preserved = new WeakMap<World, SetAside[]>();

export function answerOf(world: World, preview: Omit<RestorePreview, 'kind'>): RestoreAnswer {
  return {
    outcome: 'done',
    id: preview.in_place ? world.number() : null,
    archive: preview.archive,
    at: preview.at,
    deployment: 'chatbot',
    said: preview.headline.replace('go back to', 'are those of').replace('come back', 'are back').replace('are deleted', 'deleted'),
    files: preview.created.files + preview.replaced.files,
    bytes: preview.bytes_to_write,
    seconds: 42,
    roots: preview.roots.map(({ name, path }) => ({ name, path })),
    created: preview.created,
    replaced: preview.replaced,
    deleted: preview.deleted,
    preserved: preview.in_place ? ['/srv/.holdfast-before-restore'] : [],
    emergency: preview.in_place ? nameOf(world.clock.read(), 'emergency') : null,
    in_use: preview.in_use,
    health: preview.in_place ? { before: 'ok', after: 'ok', said: 'Every check is as well as before.', turns: [], bad: [] } : null,
    problems: [],
  };
}

export function restorePart(world: World): Asked & Run {
  return {
    drop_plan: async ({ plan }) => void world.plans.delete(plan),
    plan_restore: ({ at, into, keys }, onProgress) => {
      const fails = locked(world, keys) ?? damaged(world, at);
      return quick(world, 'comparing', () => world.plan(restorePreview(world, at, into)), onProgress, fails);
    },
    salvage: ({ archive, into, keys }, onProgress) => {
      const fails = locked(world, keys);
      return runScript(
        world,
        {
          kind: 'salvage',
          stretches: [{ phase: 'restoring', files: 1594, bytes: 4.2e9, seconds: 60, current: 'uploads' }],
          ...(fails ? { fails } : {}),
          finish: () => ({
            outcome: 'problems' as const,
            archive,
            into: `${into}/salvaged`,
            files: 1592,
            bytes: 4.17e9,
            listed: true,
            problems: ['data/uploads/charts-north-sea-0011.pdf', 'data/uploads/berth-list-0012.csv'].map((path) => ({
              code: 'archive-damaged',
              severity: 'problem' as const,
              subject: path,
              cause: 'frame 118 does not have its checksum',
              title: `${path} could not be brought out.`,
              next_step: 'Look for it in another archive.',
            })),
          }),
        },
        onProgress,
      );
    },
    restore: ({ plan }, onProgress) => {
      const preview = world.take<RestorePreview>(plan);
      return runScript(
        world,
        {
          kind: 'restore',
          stretches: [
            { phase: 'backing-up', files: 64, bytes: 1.32e9, seconds: 30, current: 'the present state' },
            { phase: 'restoring', files: 28, bytes: preview.bytes_to_write, seconds: 60, current: 'webui.db' },
            { phase: 'checking-restored', files: 28, bytes: preview.bytes_to_write, seconds: 20 },
            { phase: 'swapping', files: 1, bytes: 0, seconds: 0.5 },
          ],
          finish: () => {
            const answer = answerOf(world, preview);
            if (preview.in_place) {
              const state = { id: answer.id ?? '', archive: answer.archive, at: world.clock.read().toISOString(), paths: answer.preserved };
              const calm = { would_lose: false, written_files: 0, written_bytes: 0, written_path: null, written_at: null };
              preserved.set(world, [{ ...state, ...calm, in_use: answer.in_use }, ...(preserved.get(world) ?? [])]);
            }
            world.tell({ event: 'status-changed', deployment: 'chatbot' });
            return answer;
          },
        },
        onProgress,
      );
    },
    preserved: async () => preserved.get(world) ?? [],
    plan_undo: async () => {
      const newest = preserved.get(world)?.[0];
      if (!newest) throw failure('nothing-to-undo', 'chatbot', 'no state before a restore is preserved', 'There is no restore of chatbot to undo.', 'Nothing: the state before a restore is kept until you let it go.');
      return world.plan({ deployment: 'chatbot', id: newest.id, archive: newest.archive, at: newest.at, roots: [{ name: 'data', path: '/srv/chatbot', existed: true }], changed_files: 0, changed_since: true, archived_first: true, emergency_bytes: 18e6, in_use: [], problems: [] });
    },
    undo: ({ plan }, onProgress) => {
      const preview = world.take<UndoPreview>(plan);
      return runScript(
        world,
        {
          kind: 'undo',
          stretches: [
            { phase: 'backing-up', files: 12, bytes: preview.emergency_bytes ?? 0, seconds: 4, current: 'the present state' },
            { phase: 'swapping', files: 1, bytes: 0, seconds: 1 },
          ],
          finish: () => {
            preserved.set(world, (preserved.get(world) ?? []).filter(({ id }) => id !== preview.id));
            return { outcome: 'done' as const, deployment: 'chatbot', id: preview.id, archive: preview.archive, roots: preview.roots, emergency: preview.archived_first ? nameOf(world.clock.read(), 'emergency') : null, problems: [] };
          },
        },
        onProgress,
      );
    },
    forget: ({ id, discard_changes }, onProgress) => {
      const states = preserved.get(world) ?? [];
      const going = states.filter((one) => id === null || one.id === id);
      const refused = going.some(({ would_lose }) => would_lose) && !discard_changes;
      const fails = refused
        ? failure('written-aside', '/srv/.holdfast-before-restore', '1 file was written there since', 'The state before the restore was written to after it was set aside.', 'Look at what would be lost. Undoing the restore brings it back.')
        : undefined;
      return quick(
        world,
        'removing',
        () => {
          preserved.set(world, states.filter((one) => !going.includes(one)));
          return { outcome: 'done' as const, deployment: 'chatbot', removed: going.length, freed_bytes: going.length * 1.32e9, problems: [] };
        },
        onProgress,
        fails,
      );
    },
  };
}
