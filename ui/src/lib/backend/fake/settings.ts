import type { Questions } from '../backend';
import type { Consequences, FieldProblem, Note, Settings, SettingsAnswer } from '../types';
import { countWords, sizeWords } from '../../format';
import { CLASSES } from './sample/classes';
import { LEAVES, leftOutOf } from './sample/settings';
import { diskLossOf, standings } from './destinations';
import { missed } from './missed';
import { failure, type World } from './world';

type Part = Pick<Questions, 'settings' | 'check_settings' | 'write_settings' | 'write_app_settings' | 'pick_folder' | 'pick_save' | 'open_path' | 'text_size' | 'drawn'>;

function note(subject: string, title: string, next_step: string): Note {
  return { code: 'bad-settings', severity: 'problem', subject, cause: title, title, next_step };
}

function problemsOf({ schedule, retention, health_url, exclude }: Settings): { field: string; note: Note }[] {
  const found: { field: string; note: Note }[] = [];
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(schedule.daily_at)) {
    found.push({ field: 'schedule.daily_at', note: note('the daily time', 'That is no time of day.', 'Write it as 02:00.') });
  }
  if (!Number.isInteger(schedule.full_every_days) || schedule.full_every_days < 1) {
    found.push({ field: 'schedule.full_every_days', note: note('full archives', 'There must be at least a day between them.', 'Write 7 for one a week.') });
  }
  if (schedule.min_battery_percent > 100) {
    found.push({ field: 'schedule.min_battery_percent', note: note('the battery', 'No battery has more than 100 %.', 'Write 30, or 0 where the battery does not matter.') });
  }
  for (const field of ['hourly', 'daily', 'weekly', 'monthly', 'manual_days'] as const) {
    const value = retention[field];
    if (!Number.isInteger(value) || value < 0) found.push({ field: `retention.${field}`, note: note(field, 'That is no number of archives.', 'Write a whole number; 0 keeps none.') });
  }
  if (health_url && !/^https?:\/\//.test(health_url)) {
    found.push({ field: 'health_url', note: note('the health address', 'It does not begin with http:// or https://.', 'Write http://127.0.0.1:8080/health.') });
  }
  for (const [index, pattern] of exclude.entries()) {
    if ((pattern.match(/\[/g) ?? []).length !== (pattern.match(/\]/g) ?? []).length) found.push({ field: `exclude.${index}`, note: note(pattern, 'A bracket is not closed.', 'Close it with ].') });
  }
  return found;
}

function consequencesOf(world: World, { schedule, retention }: Settings): Consequences {
  const saved = world.settings.retention;
  const gone = Math.max(0, saved.hourly - retention.hourly) + Math.max(0, saved.daily - retention.daily) + Math.max(0, saved.weekly - retention.weekly) + Math.max(0, saved.monthly - retention.monthly);
  const gone_bytes = Math.max(0, saved.hourly - retention.hourly) * 14e6 + Math.max(0, saved.daily - retention.daily) * 176e6 + Math.max(0, saved.weekly - retention.weekly) * 2.9e9 + Math.max(0, saved.monthly - retention.monthly) * 2e9;
  const { hourly, daily, weekly, monthly } = retention;
  const archives = Math.max(0, hourly + daily + weekly + monthly);
  const bytes = hourly * 14e6 + daily * 176e6 + weekly * 2.9e9 + monthly * 2e9;
  const every = schedule.hourly_minutes > 0 ? schedule.hourly_minutes * 60 : 86_400;
  return {
    sentence: `Keeps about ${countWords(archives, 'archive', 'archives')}, about ${sizeWords(bytes)}.`,
    archives,
    bytes,
    may_lose: [
      { class: 'database', seconds: every },
      { class: 'files', seconds: every },
      { class: 'application', seconds: 86_400 },
    ],
    disk_loss: diskLossOf(standings(world)),
    removes: { archives: gone, bytes: gone_bytes },
  };
}

const warningsOf = (settings: Settings): FieldProblem[] =>
  settings.exclude.flatMap((pattern, index) => (pattern.trim() === '*.db' ? [missed(index, pattern, 'webui.db, the conversations,')] : []));

export function settingsPart(world: World): Part {
  const answer = (): SettingsAnswer => ({
    settings: structuredClone(world.settings),
    roots: world.settings.roots.map(({ path, file }) => ({ path, there: true, files: file ? 1 : 1593, bytes: file ? 1900 : 4.2e9 })),
    components: CLASSES,
    left_out: leftOutOf(world.story),
    at_least: world.story === 'huge',
    application: { ...world.application },
  });
  return {
    settings: async () => answer(),
    check_settings: async ({ settings }) => ({
      problems: problemsOf(settings),
      consequences: consequencesOf(world, settings),
      warnings: warningsOf(settings),
      decide: warningsOf(settings).length > 0 && settings.exclude.join() !== world.settings.exclude.join(),
      excludes: settings.exclude.map((pattern) => ({ pattern, at_least: world.story === 'huge', ...(LEAVES[pattern.trim()] ?? { files: 0, bytes: 0, examples: [] }) })),
    }),
    write_settings: async ({ settings }) => {
      const first = problemsOf(settings)[0];
      if (first) throw failure('bad-settings', first.field, first.note.cause, first.note.title, first.note.next_step);
      if (world.story === 'error') throw failure('permission-denied', '/home/mara/.config/holdfast/chatbot.toml', 'write: Permission denied (os error 13)', 'The settings could not be written to /home/mara/.config/holdfast/chatbot.toml.', 'The settings of before hold. Make the file writable, then save again.');
      world.settings = structuredClone(settings);
      world.tell({ event: 'settings-changed', deployment: 'chatbot' });
      return answer();
    },
    write_app_settings: async (application) => {
      Object.assign(world.application, application);
      return { ...world.application };
    },
    pick_folder: async () => '/home/mara/Backups',
    pick_save: async ({ name }) => `/run/media/mara/STICK/${name}`,
    open_path: async () => undefined,
    // A browser has its own for this: only what was asked for is kept.
    text_size: async ({ percent }) => void (world.textPercent = percent),
    drawn: async () => undefined,
  };
}
