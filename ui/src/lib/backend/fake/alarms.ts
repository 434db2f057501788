import type { Questions } from '../backend';
import type { AlarmInfo, Matter } from '../types';
import { momentWords } from '../../format';
import { failure, type World } from './world';

type Part = Pick<Questions, 'alarms' | 'acknowledge'>;

/** What the alarm story begins with: uploads that hold noise since the newest backup. */
export function alarmsOf(world: World): AlarmInfo[] {
  const [newest, , good] = world.archives;
  if (world.story !== 'alarm' || !newest || !good) return [];
  return [
    {
      id: 3,
      finding: { kind: 'scrambled', files: 1268, renamed: 1240, databases: 0, paths: ['data/uploads/charts-north-sea-0014.pdf.locked'] },
      code: 'files-scrambled',
      title: 'Noise in place of what was there: data/uploads/charts-north-sea-0014.pdf.locked, data/uploads/charts-north-sea-0057.pdf.locked and 1,266 more.',
      seen: '1,268 files hold noise, 1,240 with a new ending',
      expected: 'they held text, documents, pictures or databases',
      archive: newest.name,
      since: newest.created,
      good: good.name,
      good_at: good.created,
      over: null,
      freezes: true,
      open: true,
      acknowledged: null,
      note: null,
      next_step: 'If nobody encrypted that on purpose, disconnect this computer, then restore.',
    },
  ];
}

/** Those that are open, as what needs the person. */
export function alarmMatters(world: World): Matter[] {
  return world.alarms
    .filter((alarm) => alarm.open)
    .map((alarm) => {
      const when = (at: string): string => momentWords(new Date(at), world.clock.read());
      const at = when(alarm.good_at ?? alarm.since);
      return {
        id: `alarm ${alarm.id}`,
        state: 'at-risk',
        said: { code: alarm.code, severity: 'problem', subject: `alarm ${alarm.id}`, cause: `${alarm.seen}; ${alarm.expected}`, title: alarm.title, next_step: `If nobody did that on purpose, disconnect this computer, then restore the archive of ${at}.` },
        text: `${alarm.seen}; ${alarm.expected}. Seen at the backup of ${when(alarm.since)}. No archive is removed until that is settled.`,
        about: 'chatbot',
        act: { act: 'show-archive', label: `Open the archive of ${at}`, effect: 'The last good archive, which shows what changed since. Nothing is changed yet.', archive: alarm.good, paths: [] },
        also: { act: 'acknowledge', label: 'It was meant…', effect: 'Closes the alarm, and lets old archives go by the rules again. Can be taken back.', archive: null, paths: [String(alarm.id)] },
      } satisfies Matter;
    });
}

export function alarmsPart(world: World): Part {
  const list = (all: boolean): AlarmInfo[] => world.alarms.filter((alarm) => all || alarm.open);
  return {
    alarms: async ({ all }) => ({ outcome: list(false).length > 0 ? 'problems' : 'done', deployment: 'chatbot', alarms: list(all), frozen: list(false)[0]?.title ?? null, filling: [], problems: [] }),
    acknowledge: async ({ id, note, undo }) => {
      const known = world.alarms.find((alarm) => alarm.id === id);
      if (!known) throw failure('bad-request', `alarm ${id}`, 'there is none of this number', `There is no alarm ${id}.`, 'Look at the list of alarms.');
      const alarm: AlarmInfo = { ...known, open: undo, freezes: undo, acknowledged: undo ? null : world.clock.read().toISOString(), note: undo ? null : note };
      world.alarms = world.alarms.map((one) => (one.id === id ? alarm : one));
      world.tell({ event: 'status-changed', deployment: 'chatbot' });
      return { outcome: 'done', deployment: 'chatbot', alarm, frozen: null };
    },
  };
} // prettier-ignore
