// Every setting once: what it is called, in which section it stands, and how its value reads. The search, the list of what
// saving would change, and the labels come from here.
import type { AppSettingsArgs, Settings } from '../../backend/types';
import type { IconName } from '../../icons/names';
import { words } from '../../words';

export const SECTIONS = ['deployment', 'schedule', 'retention', 'places', 'keys', 'machine', 'help'] as const;
export type SectionId = (typeof SECTIONS)[number];

export const ICONS: Record<SectionId, IconName> = {
  deployment: 'folder',
  schedule: 'clock',
  retention: 'archives',
  places: 'usb',
  keys: 'key',
  machine: 'computer',
  help: 'logs',
};

export interface Draft {
  settings: Settings;
  application: AppSettingsArgs;
}

export interface Setting {
  /** A dotted path, as `check_settings` names it; the element is `set-` and this. */
  id: string;
  section: SectionId;
  label: string;
  /** Words that people may look for and that are not in the label. */
  also?: string;
  /** How its value reads, where it is a part of the draft. */
  read?: (draft: Draft) => string;
}

const t = words.settings;
const onOff = (on: boolean): string => (on ? t.on : t.off);
const lines = (list: string[]): string => list.filter((line) => line.trim() !== '').join(', ') || t.save.nothing;

export function hourlyWords(minutes: number): string {
  return t.schedule.hourlyChoices[minutes] ?? t.schedule.every(minutes);
}

const kept = (name: 'hourly' | 'daily' | 'weekly' | 'monthly' | 'manual_days'): Setting => ({
  id: `retention.${name}`,
  section: 'retention',
  label: t.retention[name],
  also: 'keep retention archives',
  read: ({ settings }) => (Number.isNaN(settings.retention[name]) ? t.save.nothing : String(settings.retention[name])),
});

export const SETTINGS: Setting[] = [
  { id: 'roots', section: 'deployment', label: t.deployment.roots, also: 'root path moved data', read: ({ settings }) => lines(settings.roots.map((root) => root.path)) },
  { id: 'include_recreatable', section: 'deployment', label: t.deployment.leftOut, also: 'models cache node_modules', read: ({ settings }) => lines(settings.include_recreatable) },
  { id: 'exclude', section: 'deployment', label: t.deployment.exclude, also: 'exclude pattern ignore skip', read: ({ settings }) => lines(settings.exclude) },
  { id: 'health_url', section: 'deployment', label: t.deployment.healthUrl, also: 'health url address http', read: ({ settings }) => settings.health_url || t.save.nothing },
  { id: 'notes', section: 'deployment', label: t.deployment.notes, also: 'contacts text', read: ({ settings }) => settings.notes || t.save.nothing },
  { id: 'schedule.enabled', section: 'schedule', label: t.schedule.enabled, also: 'schedule automatic', read: ({ settings }) => onOff(settings.schedule.enabled) },
  { id: 'schedule.hourly_minutes', section: 'schedule', label: t.schedule.hourly, also: 'hourly minutes interval how often', read: ({ settings }) => hourlyWords(settings.schedule.hourly_minutes) },
  { id: 'schedule.daily', section: 'schedule', label: t.schedule.daily, also: 'night', read: ({ settings }) => onOff(settings.schedule.daily) },
  { id: 'schedule.daily_at', section: 'schedule', label: `${t.schedule.daily}: ${t.schedule.dailyAt.toLowerCase()}`, also: 'time hour night', read: ({ settings }) => settings.schedule.daily_at || t.save.nothing },
  { id: 'schedule.full_every_days', section: 'schedule', label: t.schedule.full, also: 'weekly full days', read: ({ settings }) => t.summary.full(settings.schedule.full_every_days) },
  { id: 'schedule.on_change', section: 'schedule', label: t.schedule.onChange, also: 'on change configuration env watch', read: ({ settings }) => onOff(settings.schedule.on_change) },
  { id: 'schedule.min_battery_percent', section: 'schedule', label: t.schedule.battery, also: 'battery power charge laptop', read: ({ settings }) => (Number.isNaN(settings.schedule.min_battery_percent) ? t.save.nothing : `${settings.schedule.min_battery_percent} %`) },
  { id: 'pause', section: 'schedule', label: t.schedule.pause, also: 'pause resume stop quiet' },
  ...(['hourly', 'daily', 'weekly', 'monthly', 'manual_days'] as const).map(kept),
  { id: 'room', section: 'retention', label: t.retention.room, also: 'prune clean up disk full free space delete' },
  { id: 'places', section: 'places', label: t.sections.places, also: 'destination drive usb folder cloud s3 copies nas rename remove' },
  { id: 'passphrase', section: 'keys', label: t.keys.passphrase, also: 'password change' },
  { id: 'kit', section: 'keys', label: t.keys.kit, also: 'recovery key paper print pdf prove' },
  { id: 'keyring', section: 'keys', label: t.keys.keyring, also: 'secret service wallet' },
  { id: 'people', section: 'keys', label: t.keys.people, also: 'share recipient age friend' },
  { id: 'rotate', section: 'keys', label: t.keys.rotate, also: 'rotate stolen leaked' },
  { id: 'application.start_at_login', section: 'machine', label: t.machine.login, also: 'autostart boot', read: ({ application }) => onOff(application.start_at_login) },
  { id: 'application.notify', section: 'machine', label: t.machine.notify, also: 'notifications alerts', read: ({ application }) => onOff(application.notify) },
  { id: 'closing', section: 'machine', label: t.machine.closing, also: 'quit exit tray background' },
  { id: 'theme', section: 'machine', label: t.machine.theme, also: 'dark light appearance colour' },
  { id: 'text-size', section: 'machine', label: t.machine.textSize, also: 'font zoom larger bigger smaller scale' },
  { id: 'logs', section: 'help', label: t.help.logs, also: 'log file folder' },
  { id: 'diagnostics', section: 'help', label: t.help.diagnostics, also: 'doctor report bug support' },
  { id: 'version', section: 'help', label: t.help.version, also: 'about update' },
]; // prettier-ignore

export interface Change {
  id: string;
  section: SectionId;
  label: string;
  before: string;
  after: string;
}

export function changesOf(saved: Draft, draft: Draft): Change[] {
  return SETTINGS.flatMap(({ id, section, label, read }) => {
    if (!read) return [];
    const before = read(saved);
    const after = read(draft);
    return before === after ? [] : [{ id, section, label, before, after }];
  });
}

/** Best first: what begins with it, then what has it. */
export function find(text: string): Setting[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const score = ({ label, also = '', section }: Setting): number => {
    const name = label.toLowerCase();
    if (name.startsWith(wanted)) return 0;
    if (name.includes(wanted)) return 1;
    if (also.includes(wanted)) return 2;
    return t.sections[section].toLowerCase().includes(wanted) ? 3 : 9;
  };
  return SETTINGS.map((setting) => ({ setting, score: score(setting) }))
    .filter((found) => found.score < 9)
    .sort((a, b) => a.score - b.score)
    .map((found) => found.setting);
}
