import type { Questions, Tasks } from '../backend';
import type { CopyAnswer, Standing } from '../types';
import { quick, runScript } from './jobs';
import { locked } from './lock';
import type { World } from './world';

export function standings(world: World): Standing[] {
  const attention = world.story === 'attention';
  const held = (name: string): number => world.archives.filter((one) => one.copies.some((copy) => copy.destination === name)).length;
  const common = { file_system: 'ext4', newest: world.archives[0]?.created ?? null };
  return [
    { ...common, name: 'This computer', id: 'here', kind: 'folder', first: true, there: world.story !== 'risk', path: '/home/mara/Backups/Holdfast/chatbot', free_bytes: 200e9, archives: world.archives.length, stored_bytes: 38.2e9, due: 0, due_bytes: 0 },
    { ...common, name: 'Harbour Blue', id: 'blue', kind: 'drive', first: false, there: false, away: 'it is not plugged in', path: '/run/media/mara/HARBOUR/Holdfast/chatbot', file_system: 'exfat', free_bytes: attention ? 921e9 : 918e9, archives: held('Harbour Blue'), stored_bytes: 31e9, due: attention ? 9 : 4, due_bytes: attention ? 4.3e9 : 3.1e9 },
    { ...common, name: 'home-nas', id: 'nas', kind: 'folder', first: false, there: true, path: '/mnt/nas/holdfast/chatbot', free_bytes: 1.42e12, archives: held('home-nas'), stored_bytes: 38e9, due: 0, due_bytes: 0 },
  ]; // prettier-ignore
}

type Asked = Pick<Questions, 'destinations' | 'drives' | 'plan_destination' | 'add_destination' | 'rename_destination' | 'remove_destination'>;
type Run = Pick<Tasks, 'copy' | 'repair_copies' | 'plan_export' | 'export' | 'plan_prune' | 'prune'>;

export function destinationsPart(world: World): Asked & Run {
  const answer = (name: string) => ({
    outcome: 'done' as const,
    deployment: 'chatbot',
    destination: { name, kind: 'drive' as const, path: '/run/media/mara/STICK', file_system: 'exfat', volume_bytes: null },
    problems: [],
  });
  const copied = (): CopyAnswer => ({
    outcome: 'done',
    deployment: 'chatbot',
    dry_run: false,
    destinations: [{ name: 'This computer', kind: 'folder', there: true, copied: [], bytes: 2.9e9, due: 0, safe_to_unplug: false }],
    problems: [],
  });
  return {
    destinations: async () => ({ outcome: 'done', deployment: 'chatbot', destinations: standings(world), problems: [] }),
    drives: async () => ({
      drives: world.story === 'bare' ? [] : [
        { path: '/run/media/mara/HARBOUR', label: 'Harbour Blue', file_system: 'exfat', total_bytes: 1e12, free_bytes: 918e9, writable: true, destination: 'Harbour Blue', holds_archives: true },
        { path: '/run/media/mara/STICK', label: 'STICK', file_system: 'vfat', total_bytes: 64e9, free_bytes: 61e9, writable: true, destination: null, holds_archives: false },
      ],
    }), // prettier-ignore
    plan_destination: async ({ name, path }) =>
      world.plan({ name: name ?? 'STICK', kind: 'drive' as const, path, file_system: 'vfat', volume_bytes: 4e9 }),
    add_destination: async ({ plan }) => answer(world.take<{ name: string }>(plan).name),
    rename_destination: async ({ to }) => answer(to),
    remove_destination: async ({ name }) => answer(name),
    copy: (_, onProgress) =>
      runScript(world, { kind: 'copy', stretches: [{ phase: 'copying', files: 4, bytes: 3.1e9, seconds: 40, current: 'home-nas' }], finish: copied }, onProgress),
    repair_copies: (_, onProgress) =>
      runScript(
        world,
        {
          kind: 'copy',
          stretches: [{ phase: 'copying', files: 1, bytes: 2.9e9, seconds: 50, current: 'Sunday’s full archive from home-nas' }],
          finish: () => {
            world.repaired = true;
            for (const archive of world.archives) archive.soundness = 'sound';
            return copied();
          },
        },
        onProgress,
      ),
    plan_export: ({ at, to, envelope, keys }, onProgress) =>
      quick(
        world,
        'preparing',
        () => {
          const from = world.archives.find((one) => one.name === at) ?? world.archives[0];
          return world.plan({
            deployment: 'chatbot',
            archive: `${from?.name ?? 'chatbot'}_export`,
            path: `${to}/Holdfast/chatbot`,
            from: from?.name ?? '',
            reads: [from?.name ?? '', ...(from?.needs ?? [])],
            created: from?.created ?? '',
            format: envelope,
            files: 1594,
            bytes: 4.2e9,
            needed_bytes: 2.95e9,
            free_bytes: to.includes('HARBOUR') ? 918e9 : 61e9,
            problems: [],
          });
        },
        onProgress,
        locked(world, keys),
      ),
    export: ({ plan }, onProgress) => {
      const preview = world.take<import('../types').ExportPreview>(plan);
      return runScript(
        world,
        {
          kind: 'export',
          stretches: [
            { phase: 'exporting', files: 1594, bytes: 4.2e9, seconds: 90 },
            { phase: 'reading-back', files: 1, bytes: 2.9e9, seconds: 40 },
          ],
          finish: () => ({
            outcome: 'done' as const,
            deployment: 'chatbot',
            archive: preview.archive,
            path: preview.path,
            from: preview.from,
            created: preview.created,
            format: preview.format,
            files: 1594,
            bytes: 4.2e9,
            stored_bytes: 2.9e9,
            sha256: 'e3b0c442',
            signed: true,
            beside: ['recovery-key.age', 'HOW-TO-RESTORE.html'],
            problems: [],
          }),
        },
        onProgress,
      );
    },
    plan_prune: (_, onProgress) =>
      quick(
        world,
        'scanning',
        () =>
          world.plan({
            outcome: 'done' as const,
            deployment: 'chatbot',
            dry_run: true,
            archives: world.archives.map((one, index) => ({
              name: one.name,
              created: one.created,
              level: one.level,
              kind: one.kind,
              stored_bytes: one.stored_bytes,
              keep: index !== 20,
              reasons: [one.pinned ? 'pinned' : `the newest of ${one.level}`],
            })),
            removed_count: 1,
            freed_bytes: 14e6,
            copies: [],
            finished: [],
            alarm: null,
            problems: [],
          }),
        onProgress,
      ),
    prune: ({ plan }, onProgress) => {
      const preview = world.take<import('../types').PrunePreview>(plan);
      const gone = preview.archives.filter((item) => !item.keep).map((item) => item.name);
      return runScript(
        world,
        {
          kind: 'prune',
          stretches: [{ phase: 'removing', files: gone.length, bytes: 0, seconds: 1 }],
          finish: () => {
            world.archives = world.archives.filter((one) => !gone.includes(one.name));
            world.tell({ event: 'archives-changed', deployment: 'chatbot' });
            return { ...preview, dry_run: false, removed: gone, kept: preview.archives.filter((item) => item.keep), copies: [] };
          },
        },
        onProgress,
      );
    },
  };
}
