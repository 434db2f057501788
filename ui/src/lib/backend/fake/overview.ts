import type { Questions } from '../backend';
import type { HistoryAnswer, HistoryDay, Matter, OverviewAnswer, PlaceStanding, SafetyState, ScheduleStanding, StatusAnswer } from '../types';
import { dateKey, momentWords } from '../../format';
import { alarmMatters } from './alarms';
import { chance } from './sample/archives';
import { diskLossOf, standings } from './destinations';
import { isFresh, readOf, recoveryPoints } from './points';
import { failure, type World } from './world';

/** Every quarter of an hour, as the schedule of the sample says. */
function nextQuarter(now: Date): Date {
  return new Date(Math.floor(now.getTime() / 900_000 + 1) * 900_000);
}

function refuse(world: World): void {
  if (world.story === 'error') {
    throw failure(
      'catalog-damaged',
      '/home/mara/.local/share/holdfast/catalog.db',
      'database disk image is malformed (SQLite code 11)',
      'The catalog of archives cannot be read.',
      'The archives themselves are not touched by that: the catalog is built again from them. It takes about 2 min.',
    );
  }
}

function mattersOf(world: World): Matter[] {
  if (world.story === 'risk') {
    return [
      {
        id: 'no-archive',
        state: 'at-risk',
        said: {
          code: 'archive-missing',
          severity: 'problem',
          subject: 'This computer',
          cause: '/home/mara/Backups/Holdfast/chatbot: No such file or directory (os error 2)',
          title: 'No archive is where it was made',
          next_step: 'Bring the folder back, or make a new archive.',
        },
        text: 'The folder /home/mara/Backups/Holdfast is not there. The chatbot itself is well: its 1,594 files are in their place.',
        about: 'archives',
        act: { act: 'full-backup', label: 'Make a full backup', effect: 'About 3 min, 2.9 GB.', archive: null, paths: [] },
        also: null,
      },
    ];
  }
  if (world.story !== 'attention') return alarmMatters(world);
  const damaged: Matter = {
    id: 'damaged-copy',
    state: 'attention',
    said: {
      code: 'archive-damaged',
      severity: 'problem',
      subject: 'chatbot_2026-11-15T010000Z_full',
      cause: 'frame 2217 of 4812: authentication failed at offset 1,331,691,520; uploads/3f/charts-north-sea.pdf and 2 more lie in it',
      title: 'The copy of Sunday’s full archive on this computer is damaged',
      next_step: 'Repair it from the copy on home-nas.',
    },
    text: 'Found by today’s check at 02:21: 1 of 4,812 blocks does not read, and 3 uploads in it are affected. The copy on home-nas was checked at 02:24 and is good.',
    about: 'archives',
    also: null,
    act: {
      archive: null,
      paths: [],
      act: 'repair-copies',
      label: 'Repair the damaged copy',
      effect: 'About 1 min. Copies 2.9 GB from home-nas, checks it, then replaces the bad copy.',
    },
  };
  const overdue: Matter = {
    id: 'drive-overdue',
    state: 'attention',
    said: {
      code: 'copy-due',
      severity: 'problem',
      subject: 'Harbour Blue',
      cause: 'last seen 2026-11-12; 9 archives are due, 4.3 GB',
      title: 'The drive Harbour Blue is 2 days overdue',
      next_step: 'Plug it in. The rest happens by itself, then it says “safe to unplug”.',
    },
    text: 'Last here Thu 12 Nov, due every 7 days. 9 archives wait for it, 4.3 GB.',
    about: 'copies',
    act: null,
    also: null,
  };
  return world.repaired ? [overdue] : [damaged, overdue];
}

function stateOf(matters: Matter[]): SafetyState {
  if (matters.some(({ state }) => state === 'at-risk')) return 'at-risk';
  return matters.length > 0 ? 'attention' : 'protected';
}

function reasonOf(world: World): string {
  const alarm = world.alarms.find(({ open }) => open);
  if (alarm) return `1,268 files hold noise since the backup of 13:45. The last good archive is that of ${momentWords(new Date(alarm.good_at ?? ''), world.clock.read())}.`;
  if (world.story === 'risk') return 'Nothing can be restored: no archive is where it was made.';
  if (world.story === 'attention') {
    return world.repaired
      ? 'A drive is overdue. Nothing is lost: every archive still has a good copy.'
      : 'One copy of an archive is damaged and a drive is overdue. Nothing is lost: every archive still has a good copy.';
  }
  return 'Everything in chatbot is backed up within its target and checked: conversations up to 13:45, uploads up to 13:30.';
}

/** The huge story is a server, where `holdfast watch` does it. */
function scheduleOf(world: World): ScheduleStanding {
  const until = world.pausedUntil;
  const paused_until = until && until > world.clock.read() ? until.toISOString() : null;
  const by = world.story === 'huge' ? 'holdfast watch (process 812)' : 'Holdfast in the tray (process 4711)';
  return { enabled: world.settings.schedule.enabled, due: null, due_since: null, said: null, paused_until, by };
}

function overview(world: World): OverviewAnswer {
  refuse(world);
  const now = world.clock.read();
  const matters = mattersOf(world);
  const newest = world.archives.find((archive) => archive.restorable);
  // Not what was captured after files were noise.
  const at = world.alarms.find(({ open }) => open)?.good_at ?? newest?.created ?? null;
  return {
    deployment: 'chatbot',
    state: stateOf(matters),
    reason: isFresh(world) && matters.length === 0 ? 'Everything in chatbot is backed up and checked.' : reasonOf(world),
    restorable_as_of: at,
    partly_as_of: null,
    schedule: scheduleOf(world),
    next: { at: nextQuarter(now).toISOString(), level: 'hourly' },
    points: recoveryPoints(world),
    read: readOf(world),
    places: placesOf(world),
    disk_loss: diskLossOf(standings(world)),
    proven: { at: new Date(2026, 10, 1, 10, 12).toISOString(), seconds: 680, checks_ok: 9, checks: 9, databases: 2, undone: false },
    brought_back: null,
    matters,
    archives: world.archives.length,
    stored_bytes: world.archives.reduce((sum, archive) => sum + archive.stored_bytes, 0),
    since: world.archives.at(-1)?.created ?? null,
    last: newest ? { at: newest.created, level: newest.level, outcome: 'done', problems: 0 } : null,
  };
}

function placesOf(world: World): PlaceStanding[] {
  const attention = world.story === 'attention';
  return standings(world).map((standing) => ({
    standing,
    this_computer: standing.first,
    disk_bytes: standing.first ? 512e9 : null,
    damaged: attention && standing.first && !world.repaired ? 1 : 0,
    last_here: standing.there || standing.first ? null : new Date(2026, 10, attention ? 12 : 15, 19, 30).toISOString(),
    due_at: standing.there || standing.first ? null : new Date(2026, 10, attention ? 19 : 22, 12).toISOString(),
  }));
}

function history(world: World): HistoryAnswer {
  refuse(world);
  const now = world.clock.read();
  const random = chance(3);
  const since = new Date(2025, 11, 1);
  const off = new Set(['2025-12-24', '2025-12-25', '2025-12-26', '2025-12-27', '2026-04-02', '2026-03-28', '2026-03-29', '2026-09-05', '2026-09-06']);
  for (let day = 10; day < 25; day += 1) off.add(`2026-07-${day}`);
  const missed = new Set(['2026-03-11', '2026-03-12', '2026-08-11']);
  const days: HistoryDay[] = [];
  for (let back = 364; back >= 0; back -= 1) {
    const at = new Date(now.getFullYear(), now.getMonth(), now.getDate() - back);
    const date = dateKey(at);
    let state: HistoryDay['state'] = at.getDay() === 0 ? 'full' : random() < 0.28 ? 'some' : 'all';
    if (at < since || world.archives.length === 0) state = 'none';
    else if (missed.has(date)) state = 'missed';
    else if (off.has(date)) state = 'off';
    const due = state === 'none' || state === 'off' ? 0 : 97;
    const made = state === 'missed' || due === 0 ? 0 : state === 'some' ? 60 + Math.floor(random() * 30) : 97;
    days.push({ date, state, made, due });
  }
  return { deployment: 'chatbot', days };
}

function status(world: World): StatusAnswer {
  if (!world.setUp) return { outcome: 'done', deployments: [], problems: [] };
  const state = stateOf(mattersOf(world));
  return {
    outcome: state === 'protected' ? 'done' : 'problems',
    deployments: [
      {
        deployment: 'chatbot',
        state,
        reason: reasonOf(world),
        next_step: null,
        losses: [],
        alarms: [],
        restorable_as_of: world.archives[0]?.created ?? null,
        restorable_given_up: null,
        salvage: null,
        partly_as_of: null,
        newest: world.archives[0] ?? null,
        archives: world.archives.length,
        unusable: 0,
        exports: 0,
        stored_bytes: world.archives.reduce((sum, archive) => sum + archive.stored_bytes, 0),
        next_due: nextQuarter(world.clock.read()).toISOString(),
        schedule: { enabled: true, due: null, due_since: null, said: null, paused_until: null, by: 'Holdfast in the tray' },
        roots: world.settings.roots.map((root) => root.path),
        destination: '/home/mara/Backups/Holdfast/chatbot',
        destination_there: world.story !== 'risk',
        free_bytes: 200e9,
        copies: standings(world).slice(1),
        disk_loss: diskLossOf(standings(world)),
        points: recoveryPoints(world),
        read: readOf(world),
        preserved: [],
        kit_proven: world.kitProven,
        people: [],
      },
    ],
    problems: [],
  };
}

type Part = Pick<Questions, 'status' | 'overview' | 'history' | 'storage' | 'jobs' | 'pause' | 'resume'>;

export function overviewPart(world: World): Part {
  return {
    status: async () => status(world),
    overview: async () => overview(world),
    history: async () => history(world),
    storage: async () => {
      refuse(world);
      const used = [176, 186, 199, 207, 222, 231, 244, 251, 262, 276, 291, 305];
      const months = used.map((gb, index) => ({ at: new Date(2025, 11 + index, 1).toISOString(), bytes: gb * 1e9 }));
      const now = world.clock.read();
      months.push({ at: now.toISOString(), bytes: 312e9 });
      return {
        destination: 'This computer',
        used: world.archives.length === 0 ? [] : months,
        disk_bytes: 512e9,
        used_bytes: 312e9,
        bytes_a_month: 11.4e9,
        full_at: new Date(2028, 4, 10).toISOString(),
      };
    },
    jobs: async () => world.running(),
    pause: async ({ pause }) => {
      const now = world.clock.read();
      const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
      world.pausedUntil = 'span' in pause ? new Date(now.getTime() + 3_600_000) : tomorrow;
      return { outcome: 'done', deployments: ['chatbot'], until: world.pausedUntil.toISOString() };
    },
    resume: async () => {
      const deployments = world.pausedUntil ? ['chatbot'] : [];
      world.pausedUntil = null;
      return { outcome: 'done', deployments };
    },
  };
}
