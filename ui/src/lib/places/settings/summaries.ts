import type { App } from '../../app.svelte';
import type { SettingsAnswer } from '../../backend/types';
import { countWords, dateWords, momentWords, sizeWords } from '../../format';
import { words } from '../../words';
import { type Draft, hourlyWords, type SectionId } from './fields';

export interface Summary {
  text: string;
  /** Something in there needs the person. */
  warn: boolean;
}

/** What each section says while it is folded, of the draft as it is. */
export function summaries(app: App, answer: SettingsAnswer, { settings, application }: Draft): Record<SectionId, Summary> {
  const t = words.settings.summary;
  const calm = (text: string): Summary => ({ text, warn: false });
  const sum = (list: { files: number; bytes: number }[]) => ({
    files: list.reduce((total, one) => total + one.files, 0),
    bytes: list.reduce((total, one) => total + one.bytes, 0),
  });
  const inside = sum(answer.components);
  const left = sum(answer.left_out.filter((one) => !settings.include_recreatable.includes(one.path)));
  const { schedule } = settings;
  const places = app.destinations.list.answer?.destinations ?? [];
  const away = places.filter((place) => !place.there).length;
  const key = app.keys.key.answer;
  const proven = key?.kit_proven ? dateWords(new Date(key.kit_proven), app.clock.now) : null;
  return {
    deployment: {
      text: t.deployment(countWords(inside.files, 'file', 'files'), sizeWords(inside.bytes), sizeWords(left.bytes)),
      warn: answer.roots.some((root) => !root.there),
    },
    schedule: calm(
      schedule.enabled
        ? [
            app.pause.until ? t.paused(momentWords(app.pause.until, app.clock.now)) : '',
            t.schedule(
              schedule.hourly_minutes > 0 ? hourlyWords(schedule.hourly_minutes) : '',
              schedule.daily ? t.daily(schedule.daily_at) : null,
              t.full(schedule.full_every_days),
            ),
            schedule.min_battery_percent > 0 ? t.onBattery(schedule.min_battery_percent) : '',
          ]
            .filter(Boolean)
            .join('; ')
        : t.off,
    ),
    retention: calm(app.settings.check?.consequences.sentence ?? ''),
    places: { text: places.length > 0 ? t.places(places.length, away) : '', warn: places.some((place) => place.first && !place.there) },
    keys: { text: key ? t.keys(proven, key.people.length) : '', warn: key !== null && key.kit_proven === null },
    machine: calm(t.machine(application.start_at_login, application.notify)),
    help: calm(t.help(answer.application.version)),
  };
}
