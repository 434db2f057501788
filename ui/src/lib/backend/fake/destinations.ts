import type { Questions, Tasks } from '../backend';
import { sizeWords } from '../../format';
import type { CopyAnswer, CopyCheckAnswer, DestinationInfo, DiskLoss, Place } from '../types';
import { quick, runScript } from './jobs';
import { locked } from './lock';
import { failure, type Standing, type World } from './world';

/** What the api says of a place. */
function placed(place: Standing): Place {
  const state = place.first ? 'first' : place.failed ? 'failed' : place.due === 0 ? 'complete' : place.archives === 0 ? 'waiting' : 'lacking';
  const what = `${place.due} archives, ${sizeWords(place.due_bytes)}`;
  const said = {
    first: 'archives are made here',
    complete: 'has everything',
    waiting: `waits for its first copy: ${what}`,
    lacking: `lacks ${what}`,
    failed: `its last copy failed 5 min ago: ${place.failed?.problem.cause}; lacks ${what}`,
  }[state];
  return { ...place, state, said: place.there ? said : `away; ${said}` };
}

/** The place on another disk that holds the newest archive: none but this computer's own in the first run. */
export function diskLossOf(places: Place[]): DiskLoss | null {
  const newest = places.find((place) => place.first)?.whole_as_of;
  if (!newest || places.some((place) => !place.same_disk && place.whole_as_of === newest)) return null;
  return {
    kept_as_of: null,
    sentence: 'All of it is lost if this disk dies: the archives lie on the disk of the chatbot, and nowhere else.',
    next_step: 'Add a place that is not on it: a drive, another computer, or the cloud.',
  };
}

export const newPlace = (world: World) => ({
  archives: world.archives.length,
  bytes: 3.1e9,
  foreseen_bytes: 38e9,
  free_bytes: null,
  sentence: `${world.archives.length} archives, 3.1 GB, wait for it. They are copied after the next backup, or by a copy now.`,
});

export function standings(world: World): Place[] {
  const attention = world.story === 'attention';
  const held = (name: string): number => world.archives.filter((one) => one.copies.some((copy) => copy.destination === name)).length;
  const newest = world.archives[0]?.created ?? null;
  const common = { away: null, file_system: 'ext4', newest, whole_as_of: newest, same_disk: false, older_key: false, waits: 0, waits_bytes: 0, prunes_bytes: 0, unfit: 0 };
  const places: Standing[] = [
    { ...common, name: 'This computer', id: 'here', kind: 'folder', first: true, same_disk: true, there: world.story !== 'risk', path: '/home/mara/Backups/Holdfast/chatbot', free_bytes: 200e9, archives: world.archives.length, stored_bytes: 38.2e9, due: 0, due_bytes: 0 },
    { ...common, name: 'Harbour Blue', id: 'blue', kind: 'drive', first: false, there: false, away: 'it is not plugged in', path: '/run/media/mara/HARBOUR/Holdfast/chatbot', file_system: 'exfat', free_bytes: attention ? 921e9 : 918e9, archives: held('Harbour Blue'), stored_bytes: 31e9, due: attention ? 9 : 4, due_bytes: attention ? 4.3e9 : 3.1e9 },
    { ...common, name: 'home-nas', id: 'nas', kind: 'folder', first: false, there: true, path: '/mnt/nas/holdfast/chatbot', free_bytes: 1.42e12, archives: held('home-nas'), stored_bytes: 38e9, due: 0, due_bytes: 0 },
  ]; // prettier-ignore
  return [...places, ...world.added]
    .filter(({ id }) => !world.forgotten.has(id))
    .map((place) => placed({ ...place, name: world.renamed.get(place.id) ?? place.name }));
}

type Asked = Pick<Questions, 'destinations' | 'drives' | 'plan_destination' | 'add_destination' | 'add_cloud' | 'rename_destination' | 'remove_destination'>;
type Run = Pick<Tasks, 'copy' | 'check_copies' | 'repair_copies' | 'plan_export' | 'export' | 'plan_prune' | 'prune'>;

export function destinationsPart(world: World): Asked & Run {
  const answer = (destination: DestinationInfo) => {
    world.tell({ event: 'settings-changed', deployment: 'chatbot' });
    return { outcome: 'done' as const, deployment: 'chatbot', destination, problems: [] };
  };
  const add = (info: DestinationInfo) => {
    world.added.push({ ...info, id: info.name, first: false, there: true, away: null, free_bytes: info.kind === 'cloud' ? null : 61e9, archives: 0, stored_bytes: 0, due: world.archives.length, due_bytes: 38.2e9, newest: null, whole_as_of: null, same_disk: false, older_key: false, waits: 0, waits_bytes: 0, prunes_bytes: 0, unfit: 0 });
    return answer(info);
  };
  const named = (name: string): Place => {
    const found = standings(world).find((place) => place.name === name);
    if (!found) throw failure('bad-request', name, 'no place has that name', `There is no place ${name}.`, 'Choose one of the list.');
    return found;
  };
  const copied = (): CopyAnswer => ({
    outcome: 'done',
    deployment: 'chatbot',
    dry_run: false,
    destinations: [{ name: 'home-nas', id: 'nas', kind: 'folder', there: true, copied: [], bytes: 2.9e9, due: 0, waits: 0, absent: 0, safe_to_unplug: false, complete: true, said: 'has everything.' }],
    problems: [],
  });
  return {
    destinations: async () => {
      const places = standings(world);
      return { outcome: 'done', deployment: 'chatbot', destinations: places, disk_loss: diskLossOf(places), new_place: newPlace(world), problems: [] };
    },
    drives: async () => ({
      drives: world.story === 'bare' ? [] : [
        { path: '/run/media/mara/HARBOUR', label: 'Harbour Blue', file_system: 'exfat', total_bytes: 1e12, free_bytes: 918e9, writable: true, destination: 'Harbour Blue', holds_archives: true, likely: true },
        { path: '/run/media/mara/STICK', label: 'STICK', file_system: 'vfat', total_bytes: 64e9, free_bytes: 61e9, writable: true, destination: null, holds_archives: false, likely: true },
      ],
    }), // prettier-ignore
    plan_destination: async ({ name, path }) => {
      if (path.startsWith('/srv/chatbot')) throw failure('bad-destination', path, 'it lies in the root data', `${path} is a part of what is protected.`, 'Choose a folder outside of it, best on another disk.');
      const drive = path.startsWith('/run/media');
      const fallback = path.split('/').at(-1) ?? path;
      return world.plan({ name: name ?? fallback, kind: drive ? ('drive' as const) : ('folder' as const), path: `${path}/Holdfast/chatbot`, file_system: drive ? 'vfat' : 'ext4', volume_bytes: drive ? 4e9 : null, waits: { ...newPlace(world), free_bytes: drive ? 61e9 : 200e9 }, notes: [] });
    },
    add_destination: async ({ plan }) => add(world.take<DestinationInfo>(plan)),
    add_cloud: async ({ name, service, typed }) => {
      if (typed?.secret === 'wrong') throw failure('access-refused', service.url, '403 SignatureDoesNotMatch', `${service.url} does not let Holdfast in.`, 'Look at the key again. It needs to read, write and list, and to delete for pruning.');
      return add({ name: name ?? service.url.split('/')[2] ?? service.url, kind: 'cloud', path: service.url, file_system: '', volume_bytes: null });
    },
    rename_destination: async ({ name, to }) => {
      const place = named(name);
      if (standings(world).some((other) => other.name === to)) throw failure('deployment-exists', to, 'another place has that name', `${to} is there already.`, 'Choose another name.');
      world.renamed.set(place.id, to);
      return answer({ name: to, kind: place.kind, path: place.path, file_system: place.file_system, volume_bytes: null });
    },
    remove_destination: async ({ name }) => {
      const place = named(name);
      if (place.first) throw failure('bad-destination', name, 'archives are made there', `${name} cannot be taken out: archives are made there.`, 'Only places that get copies can.');
      world.forgotten.add(place.id);
      return answer({ name, kind: place.kind, path: place.path, file_system: place.file_system, volume_bytes: null });
    },
    copy: (_, onProgress) =>
      runScript(world, { kind: 'copy', stretches: [{ phase: 'copying', files: 4, bytes: 3.1e9, seconds: 40, current: 'home-nas' }], finish: copied }, onProgress),
    check_copies: ({ to }, onProgress) =>
      runScript(world, { kind: 'copy', stretches: [{ phase: 'verifying', files: 49, bytes: 38e9, seconds: 60, current: to ?? 'home-nas' }], finish: (): CopyCheckAnswer => {
        const asked = standings(world).filter((place) => !place.first && (to === null || place.name === to));
        const bad = world.story === 'attention' && !world.repaired ? (world.archives.find((one) => one.level === 'full')?.name ?? null) : null;
        return { outcome: bad ? 'failed' : 'done', deployment: 'chatbot', destinations: asked.map((place) => ({ name: place.name, there: place.there, checked: place.there ? place.archives : 0, bytes: place.there ? place.stored_bytes : 0, damaged: bad && place.there ? [bad] : [] })), problems: [] };
      } }, onProgress),
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
