import { failureOf } from '../backend/backend';
import type { BrowseAnswer, BrowseEntry, Failure } from '../backend/types';

export type AskLevel = (path: string, offset: number) => Promise<BrowseAnswer>;

/** One row as it is drawn. `waiting` is asked for; `empty` and `failed` stand for a folder's missing children. */
export type TreeRow =
  | { kind: 'entry'; key: string; depth: number; place: number; size: number; entry: BrowseEntry; open: boolean }
  | { kind: 'waiting' | 'empty'; key: string; depth: number }
  | { kind: 'failed'; key: string; depth: number; failure: Failure; path: string };

/** The children of one folder, as far as they were asked for. */
class Level {
  total: number | null = null;
  failure: Failure | null = null;
  readonly pages = new Map<number, BrowseEntry[]>();
  readonly asked = new Set<number>();
  /** Folders of this level that are open, by their place in it; kept in that order. */
  open: [number, Level][] = [];

  constructor(
    readonly path: string,
    readonly depth: number,
    readonly above: { level: Level; place: number } | null,
  ) {}

  /** Those that are shown for it: one that says why where there are none. */
  get own(): number {
    if (this.failure || this.total === null || this.total === 0) return 1;
    return this.total;
  }

  get rows(): number {
    return this.open.reduce((sum, [, level]) => sum + level.rows, this.own);
  }

  inner(place: number): Level | undefined {
    return this.open.find(([at]) => at === place)?.[1];
  }
}

interface Spot {
  level: Level;
  place: number;
}

/** The files of an archive, asked level by level and page by page: what was never looked at costs nothing. */
export class FileTree {
  #version = $state(0);
  #current: Spot | null = $state.raw(null);
  readonly #ask: AskLevel;
  readonly #page: number;
  #root = new Level('', 0, null);

  constructor(ask: AskLevel, page: number) {
    this.#ask = ask;
    this.#page = page;
  }

  readonly count = $derived.by(() => (this.#version, this.#root.rows));
  /** The number of the row that the keys act on. */
  readonly current = $derived.by(() => (this.#version, this.#current ? this.#rowOf(this.#current) : 0));
  readonly failure = $derived.by(() => (this.#version, this.#root.failure));
  readonly loaded = $derived.by(() => (this.#version, this.#root.total !== null));

  /** Loads the top, and opens the folders that were open in the tree before. */
  async load(open: ReadonlySet<string> | null = null): Promise<void> {
    await this.#need(this.#root, 0);
    if (open) return this.#reopen(this.#root, open);
    // A single folder at the top is no choice: its content is.
    const first = this.#root.pages.get(0)?.[0];
    if (first?.kind === 'folder' && (this.#root.total ?? 0) <= 3) await this.#openAt(this.#root, 0);
  }

  row(index: number): TreeRow {
    void this.#version;
    const { level, place } = this.#spot(this.#root, index);
    const key = `${level.path}/${place}`;
    const { depth, failure, path } = level;
    if (failure) return { kind: 'failed', key, depth, failure, path };
    if (level.total === 0) return { kind: 'empty', key, depth };
    const entry = this.#entry(level, place);
    if (!entry) return { kind: 'waiting', key, depth };
    return { kind: 'entry', key, depth, place: place + 1, size: level.total ?? 0, entry, open: level.inner(place) !== undefined };
  }

  /** Those rows are on screen: their pages are asked for. */
  inView(first: number, last: number): void {
    for (let index = first; index <= last && index < this.#root.rows; index += 1) {
      const { level, place } = this.#spot(this.#root, index);
      if (level.total !== null && !this.#entry(level, place)) void this.#need(level, place);
    }
  }

  moveTo(index: number): void {
    const last = this.#root.rows - 1;
    this.#current = this.#spot(this.#root, Math.max(0, Math.min(last, index)));
  }

  /** The row of the folder that holds the one with this number. */
  aboveOf(index: number): number | null {
    const { above } = this.#spot(this.#root, index).level;
    return above ? this.#rowOf(above) : null;
  }

  async toggle(index: number): Promise<void> {
    const { level, place } = this.#spot(this.#root, index);
    const inner = level.inner(place);
    if (!inner) return this.#openAt(level, place);
    // The current row does not vanish inside what is closed.
    if (this.#current && isWithin(this.#current.level, inner)) this.#current = { level, place };
    level.open = level.open.filter(([at]) => at !== place);
    this.#version += 1;
  }

  async again(path: string): Promise<void> {
    const level = this.#levelOf(this.#root, path);
    if (!level) return;
    level.failure = null;
    await this.#need(level, 0);
  }

  openPaths(): Set<string> {
    const found = new Set<string>();
    const walk = (level: Level): void => {
      for (const [, inner] of level.open) {
        found.add(inner.path);
        walk(inner);
      }
    };
    walk(this.#root);
    return found;
  }

  async #openAt(level: Level, place: number): Promise<void> {
    const entry = this.#entry(level, place);
    if (entry?.kind !== 'folder' || level.inner(place)) return;
    const inner = new Level(entry.path, level.depth + 1, { level, place });
    level.open = [...level.open, [place, inner] as [number, Level]].sort(([a], [b]) => a - b);
    this.#version += 1;
    await this.#need(inner, 0);
  }

  async #reopen(level: Level, open: ReadonlySet<string>): Promise<void> {
    const entries = level.pages.get(0) ?? [];
    for (const [place, entry] of entries.entries()) {
      if (!open.has(entry.path)) continue;
      await this.#openAt(level, place);
      const inner = level.inner(place);
      if (inner) await this.#reopen(inner, open);
    }
  }

  #entry(level: Level, place: number): BrowseEntry | undefined {
    return level.pages.get(Math.floor(place / this.#page))?.[place % this.#page];
  }

  async #need(level: Level, place: number): Promise<void> {
    const page = Math.floor(place / this.#page);
    if (level.asked.has(page)) return;
    level.asked.add(page);
    try {
      const answer = await this.#ask(level.path, page * this.#page);
      level.total = answer.total;
      level.pages.set(page, answer.entries);
    } catch (thrown) {
      level.asked.delete(page);
      level.failure = failureOf(thrown);
    }
    this.#version += 1;
  }

  #spot(level: Level, index: number): Spot {
    let rest = index;
    let next = 0;
    for (const [place, inner] of level.open) {
      const own = place - next + 1;
      if (rest < own) break;
      rest -= own;
      next = place + 1;
      if (rest < inner.rows) return this.#spot(inner, rest);
      rest -= inner.rows;
    }
    return { level, place: next + rest };
  }

  #rowOf({ level, place }: Spot): number {
    const inside = level.open.reduce((sum, [at, inner]) => (at < place ? sum + inner.rows : sum), place);
    return level.above ? this.#rowOf(level.above) + 1 + inside : inside;
  }

  #levelOf(level: Level, path: string): Level | null {
    if (level.path === path) return level;
    for (const [, inner] of level.open) {
      const found = this.#levelOf(inner, path);
      if (found) return found;
    }
    return null;
  }
}

function isWithin(level: Level, folder: Level): boolean {
  for (let at: Level | undefined = level; at; at = at.above?.level) if (at === folder) return true;
  return false;
}
