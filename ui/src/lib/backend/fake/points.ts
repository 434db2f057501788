import type { Class, ReadAgain, RecoveryPoint } from '../types';
import type { World } from './world';

const HOUR = 3600;

const TARGETS: [Class, number][] = [
  ['database', HOUR / 4],
  ['files', HOUR],
  ['vectors', HOUR],
  ['config', HOUR],
  ['application', 24 * HOUR],
  ['logs', 24 * HOUR],
];

/** What lies there was read within its time, the longest unread 19 days ago. */
export function readOf(world: World): ReadAgain {
  const now = world.clock.read();
  const since = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 19, 3, 12).toISOString();
  const unread_since = world.archives.length > 0 ? since : null;
  const first = { id: 'first', name: 'This computer', unread_since, overdue: 0, believed: false };
  return { within_days: 30, places: [first], unread_since, overdue: false, said: unread_since ? 'every byte was read within 30 days' : '' };
}

function today(world: World, hour: number, minute: number): string {
  const now = world.clock.read();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate(), hour, minute).toISOString();
}

/** One that was just made holds everything. */
export function isFresh(world: World): boolean {
  const newest = world.archives.find((archive) => archive.restorable);
  return newest?.kind === 'manual' && newest.created > today(world, 13, 46);
}

export function recoveryPoints(world: World): RecoveryPoint[] {
  const now = world.clock.read().getTime();
  const at = world.archives.find((archive) => archive.restorable)?.created ?? null;
  const before = world.archives[1]?.created ?? null;
  const made: Partial<Record<Class, string | null>> = {
    database: at,
    files: before,
    vectors: before,
    config: at,
    application: today(world, 2, 0),
    logs: today(world, 2, 0),
  };
  return TARGETS.map(([name, target_seconds]) => {
    const point = world.archives.length === 0 ? null : isFresh(world) ? at : (made[name] ?? null);
    const passed = point === null ? null : new Date(point).getTime() + target_seconds * 1000;
    const slack = Math.min(2 * HOUR, Math.max(HOUR / 6, target_seconds / 2));
    const overdue = passed === null || now > passed + slack * 1000;
    return {
      class: name,
      at: point,
      comes_out: null,
      target_seconds,
      overdue,
      overdue_since: overdue && passed !== null ? new Date(passed).toISOString() : null,
    };
  });
}
