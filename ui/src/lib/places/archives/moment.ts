import { dayName, monthName } from '../../format';

const MINUTE = 60_000;
const BACK: Record<string, number> = { min: 1, minute: 1, h: 60, hour: 60, d: 1440, day: 1440, week: 10_080 };

/** A moment as a person types it: `13:45`, `yesterday 14:30`, `Sunday`, `15 Nov 02:00`, `2026-11-15`, `3 days ago`. A day
 * alone means its end. `null`: it says none. */
export function parseMoment(text: string, now: Date): Date | null {
  const said = text.trim().toLowerCase().replace(/,/g, ' ').replace(/\s+/g, ' ');
  if (said === '') return null;
  if (said === 'now') return now;
  const ago = /^(\d+) ?(min|minute|h|hour|d|day|week)s?( ago)?$/.exec(said);
  if (ago) return new Date(now.getTime() - Number(ago[1]) * (BACK[ago[2] ?? ''] ?? 0) * MINUTE);

  const clock = /(?:^| |t)(\d{1,2})[:.](\d{2})$/.exec(said);
  const hours = clock ? Number(clock[1]) : 23;
  const minutes = clock ? Number(clock[2]) : 59;
  if (hours > 23 || minutes > 59) return null;
  const day = dayOf(clock ? said.slice(0, clock.index).trim() : said, now);
  if (!day) return null;
  day.setHours(hours, minutes, 59, 999);
  return day;
}

function dayOf(said: string, now: Date): Date | null {
  const back = (days: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
  if (said === '' || said === 'today') return back(0);
  if (said === 'yesterday') return back(1);
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(said);
  if (iso) return realDay(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]));
  for (let day = 0; day < 7; day += 1) {
    // The last one before today, as people mean it.
    if (said.length >= 3 && new RegExp(`^${dayName(day).toLowerCase()}[a-z]*$`).test(said)) return back((now.getDay() - day + 6) % 7 + 1);
  }
  const date = /^(?:[a-z]+ )?(\d{1,2})\.? ([a-z]{3,})(?: (\d{4}))?$/.exec(said);
  if (!date) return null;
  const month = Array.from({ length: 12 }, (_, index) => monthName(index).toLowerCase()).indexOf((date[2] ?? '').slice(0, 3));
  if (month < 0) return null;
  const day = realDay(date[3] ? Number(date[3]) : now.getFullYear(), month, Number(date[1]));
  // Without a year it is never in the future.
  if (day && !date[3] && day > now) day.setFullYear(day.getFullYear() - 1);
  return day;
}

function realDay(year: number, month: number, day: number): Date | null {
  const at = new Date(year, month, day);
  return at.getMonth() === month && at.getDate() === day ? at : null;
}
