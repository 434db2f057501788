import type { ArchiveInfo, PlaceStanding } from '../../backend/types';
import { clockWords, dateKey, dayWords, longDayWords, secondsWords } from '../../format';
import type { IconName } from '../../icons/names';
import { words } from '../../words';

export interface Fold {
  key: string;
  /** Newest first. */
  archives: ArchiveInfo[];
}

export interface Day {
  key: string;
  at: Date;
  items: (ArchiveInfo | Fold)[];
}

export const isFold = (item: ArchiveInfo | Fold): item is Fold => 'archives' in item;

/** The newest hourly ones stay in sight; of the others only that they are there, until somebody wants them. */
const SHOWN = 3;
const WORTH_FOLDING = 3;

const foldable = (one: ArchiveInfo): boolean =>
  one.level === 'hourly' && one.kind === 'scheduled' && one.soundness === 'sound' && !one.captured?.matters && !one.pinned;

/** Grouped by local day, newest first, with runs of hourly ones folded. */
export function daysOf(archives: readonly ArchiveInfo[]): Day[] {
  const days: Day[] = [];
  let shown = 0;
  let run: ArchiveInfo[] = [];
  const close = (): void => {
    const items = days.at(-1)?.items;
    if (run.length >= WORTH_FOLDING) items?.push({ key: run[0]?.name ?? '', archives: run });
    else items?.push(...run);
    run = [];
  };
  for (const one of archives) {
    const at = new Date(one.created);
    const key = dateKey(at);
    if (days.at(-1)?.key !== key) {
      close();
      days.push({ key, at, items: [] });
    }
    if (foldable(one) && shown < SHOWN) {
      shown += 1;
      days.at(-1)?.items.push(one);
    } else if (foldable(one)) run.push(one);
    else {
      close();
      days.at(-1)?.items.push(one);
      shown = SHOWN;
    }
  }
  close();
  return days;
}

/** An archive's time, or another. */
type Made = string | Pick<ArchiveInfo, 'created' | 'shares_minute'>;

/** `02:00`; `02:00:07` where another archive was made in the same minute. */
export function timeWords(made: Made): string {
  const at = new Date(typeof made === 'string' ? made : made.created);
  return typeof made !== 'string' && made.shares_minute ? secondsWords(at) : clockWords(at);
}

/** `Sunday 15 November, 02:00`, with the year where it is not now's. */
export function momentTitle(made: Made, now: Date): string {
  const at = new Date(typeof made === 'string' ? made : made.created);
  const year = at.getFullYear() === now.getFullYear() ? '' : ` ${at.getFullYear()}`;
  return `${longDayWords(at)}${year}, ${timeWords(made)}`;
}

/** `Sun 15 Nov, 02:00`. */
export function momentShort(made: Made, now: Date): string {
  const at = new Date(typeof made === 'string' ? made : made.created);
  return `${dayWords(at, now)}, ${timeWords(made)}`;
}

export function kindWord(one: ArchiveInfo): string {
  if (one.before === 'undo') return words.common.beforeUndo;
  return one.kind === 'scheduled' ? words.common.levels[one.level] : words.common.kinds[one.kind];
}

export interface Column {
  name: string;
  label: string;
  icon: IconName;
  /** Where archives are made: they need no copy there. */
  first: boolean;
}

const COLUMNS = 3;

/** One column for each place that copies lie on; more than three would be no picture. */
export function columnsOf(places: readonly PlaceStanding[]): Column[] {
  return places
    .map(({ standing, this_computer }) => ({
      name: standing.name,
      label: this_computer ? words.archives.thisComputer : standing.name,
      icon: (this_computer ? 'computer' : standing.kind === 'drive' ? 'usb' : 'nas') as IconName,
      first: standing.first,
    }))
    .slice(0, COLUMNS);
}

/** The names of all places that it lies on, those without a column too. */
export function placesOf(one: ArchiveInfo, columns: readonly Column[]): string[] {
  const made = columns.find(({ first }) => first);
  const names = one.state === 'present' ? [made?.label ?? words.archives.thisComputer] : [];
  for (const { destination } of one.copies) {
    if (destination !== made?.name) names.push(columns.find(({ name }) => name === destination)?.label ?? destination);
  }
  return names;
}

/** Everything that matters comes back from it. */
const isWhole = (one: ArchiveInfo): boolean => one.restorable && !one.captured?.matters;

/** Whether it is what was written, and since when nobody looked. */
export function checked({ verified }: ArchiveInfo): string {
  const { marks } = words.archives;
  if (!verified?.ok) return marks.unverified;
  return verified.read_back ? marks.readBack : marks.verified;
}

/** The nearest one before it from which everything comes back; else the nearest after it. */
export function goodOneBeside(archives: readonly ArchiveInfo[], name: string): ArchiveInfo | null {
  const at = archives.findIndex((one) => one.name === name);
  return archives.slice(at + 1).find(isWhole) ?? archives.slice(0, Math.max(0, at)).findLast(isWhole) ?? null;
}
