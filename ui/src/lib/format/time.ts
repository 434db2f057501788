const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const pad = (value: number): string => String(value).padStart(2, '0');

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const LONG_MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December',
] as const; // prettier-ignore
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const LONG_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

export const monthName = (month: number): string => MONTHS[month] ?? '';
export const dayName = (day: number): string => DAYS[day] ?? '';

/** `13:45`, local. */
export function clockWords(at: Date): string {
  return `${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** `13:45:07`, local. */
export function secondsWords(at: Date): string {
  return `${clockWords(at)}:${pad(at.getSeconds())}`;
}

/** `2026-11-21`, local. */
export function dateKey(at: Date): string {
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

/** `2026-11-21 02:00`, local. */
export function exactWords(at: Date): string {
  return `${dateKey(at)} ${clockWords(at)}`;
}

/** `1 Nov`, with the year where it is another one than now's. */
export function dateWords(at: Date, now: Date): string {
  const date = `${at.getDate()} ${monthName(at.getMonth())}`;
  return at.getFullYear() === now.getFullYear() ? date : `${date} ${at.getFullYear()}`;
}

/** `Thu 12 Nov`. */
export function dayWords(at: Date, now: Date): string {
  return `${dayName(at.getDay())} ${dateWords(at, now)}`;
}

/** `Sunday 15 November`. */
export function longDayWords(at: Date): string {
  return `${LONG_DAYS[at.getDay()]} ${at.getDate()} ${LONG_MONTHS[at.getMonth()]}`;
}

/** `May 2028`. */
export function monthWords(at: Date): string {
  return `${monthName(at.getMonth())} ${at.getFullYear()}`;
}

/** As a person says it: `13:45` today, `yesterday 02:00`, `Thu 12 Nov 02:00`. */
export function momentWords(at: Date, now: Date): string {
  const clock = clockWords(at);
  const days = daysBetween(at, now);
  if (days === 0) return clock;
  if (days === 1) return `yesterday ${clock}`;
  if (days === -1) return `tomorrow ${clock}`;
  return `${dayWords(at, now)} ${clock}`;
}

/** Midnights between the two. */
export function daysBetween(from: Date, to: Date): number {
  const start = (at: Date): number => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate());
  return Math.round((start(to) - start(from)) / (DAY * 1000));
}

/** `just now`, `32 min ago`, `in 3 days`: in one unit, as the command line says it. */
export function agoWords(at: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - at.getTime()) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 30) return 'just now';
  let words: string;
  if (distance < HOUR - 30) words = `${Math.max(1, Math.round(distance / MINUTE))} min`;
  else if (distance < 2 * DAY) words = `${Math.max(1, Math.round(distance / HOUR))} h`;
  else words = `${Math.floor(distance / DAY)} days`;
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}

/** `42 s`, `3 min 20 s`, `32 min`, `2 h 5 min`, `3 days`. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / MINUTE);
  const hours = Math.floor(whole / HOUR);
  if (whole < MINUTE) return `${whole} s`;
  if (minutes < 10) return withRest(minutes, 'min', whole % MINUTE, 's');
  if (hours < 1) return `${minutes} min`;
  if (hours < 48) return withRest(hours, 'h', minutes % 60, 'min');
  return `${Math.floor(hours / 24)} days`;
}

/** Without what nobody reads while it changes: `3 min`, `11 h 48 min`, `2 days`. */
export function ageWords(seconds: number): string {
  if (seconds < MINUTE) return 'under 1 min';
  return durationWords(Math.floor(seconds / MINUTE) * MINUTE);
}

function withRest(count: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${restUnit}`;
}

/** For `<time datetime>`: local, to the minute. */
export function machineTime(at: Date): string {
  return `${dateKey(at)}T${clockWords(at)}`;
}
