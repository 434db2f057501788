import { type Backend, failureOf } from '../backend/backend';
import {
  type ArchiveName,
  type BrowseEntry,
  type Compare,
  type DiffAnswer,
  type EntryInfo,
  type Failure,
  NO_KEYS,
  type SearchAnswer,
  type TextAnswer,
} from '../backend/types';
import type { Clock } from '../clock.svelte';
import { FileTree } from './filetree.svelte';
import type { KeyDesk } from './keydesk.svelte';
import { Selection } from './selection.svelte';
import type { StatusController } from './status.svelte';
import { LongTask } from './task.svelte';

/** At most this many entries of a level at once; the rest when it is scrolled to. */
export const PAGE = 500;
/** More is not read in a pane beside a tree. */
const PREVIEW_BYTES = 128 * 1024;
const FOUND = 1000;
const TYPING_MS = 200;

/** One archive that is looked into: its files, what is picked, what it is compared with, and the file that is read. */
export class OpenedArchive {
  readonly name: ArchiveName;
  readonly selection = new Selection();
  readonly changes: LongTask<DiffAnswer>;
  tree: FileTree = $state.raw(null as never);
  compare: Compare | null = $state.raw(null);
  /** The files as a tree, or only those that differ. */
  view: 'tree' | 'changes' = $state('tree');

  query = $state('');
  found: SearchAnswer | null = $state.raw(null);
  searchFailure: Failure | null = $state.raw(null);

  read: EntryInfo | null = $state.raw(null);
  text: TextAnswer | null = $state.raw(null);
  textFailure: Failure | null = $state.raw(null);

  readonly #backend: Backend;
  readonly #status: StatusController;
  readonly #desk: KeyDesk;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(name: ArchiveName, backend: Backend, clock: Clock, status: StatusController, desk: KeyDesk, compare: Compare | null) {
    this.name = name;
    this.#backend = backend;
    this.#status = status;
    this.#desk = desk;
    this.changes = new LongTask(clock);
    this.compare = compare;
    this.#grow(null);
  }

  /** Asks again for all that depends on what it is compared with. */
  compareWith(compare: Compare | null): void {
    this.compare = compare;
    this.changes.reset();
    if (!compare) this.view = 'tree';
    this.#grow(this.tree.openPaths());
    if (this.view === 'changes' || this.query.trim() !== '') this.#mark();
    if (this.read) void this.preview(this.read);
  }

  /** What is there now may be something else than a while ago. */
  refresh(): void {
    if (this.compare?.with === 'now') this.compareWith(this.compare);
  }

  show(view: 'tree' | 'changes'): void {
    this.view = view;
    if (view === 'changes') this.#mark();
  }

  lookForChanges(): Promise<DiffAnswer | null> {
    const b = this.compare?.with === 'archive' ? this.compare.archive : null;
    return this.#desk.run(this.changes, (keys, onProgress) =>
      this.#backend.diff({ deployment: this.#status.deployment, a: this.name, b, keys }, onProgress),
    );
  }

  typed(): void {
    clearTimeout(this.#timer);
    if (this.query.trim() === '') {
      this.found = null;
      this.searchFailure = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#search(), TYPING_MS);
    // What is found has marks like the tree.
    if (this.compare) this.#mark();
  }

  /** Picks one file, and nothing else, where it can be seen. */
  async pick(paths: string[]): Promise<void> {
    this.clearSearch();
    this.view = 'tree';
    const folder = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const above = (path: string) => path.split('/').slice(0, -1).map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    this.#grow(new Set(paths.flatMap(above)));
    const { deployment } = this.#status;
    // One question a folder: many files may have gone from one.
    const asked = paths.length === 1 ? paths : [...new Set(paths.map((path) => `${folder(path)}/`))];
    const search = (pattern: string) => this.#backend.search_archive({ deployment, archive: this.name, pattern, limit: FOUND }).catch(() => null);
    const found = await Promise.all(asked.map(search));
    const sizes = new Map(found.flatMap((answer) => answer?.entries ?? []).map((entry) => [entry.path, entry.size]));
    const folders = new Set(found.flatMap((answer) => answer?.entries ?? []).filter(({ kind }) => kind === 'folder').map(({ path }) => path));
    const held = async (path: string) => {
      if (!folders.has(path)) return { path, files: 1, bytes: sizes.get(path) ?? 0 };
      // A folder is picked with all that is in it.
      const entries = (await search(`${path}/`))?.entries ?? [];
      const inside = entries.filter((entry) => entry.path.startsWith(`${path}/`) && (entry.kind === 'file' || entry.kind === 'hardlink'));
      return { path, files: inside.length, bytes: inside.reduce((sum, { size }) => sum + size, 0) };
    };
    const picked = await Promise.all(paths.map(held));
    this.selection.clear();
    for (const one of picked) this.selection.set(one, true);
  }

  clearSearch(): void {
    this.query = '';
    this.typed();
  }

  /** With a key only where the person was asked for one: walking through a list of files asks nothing. */
  async preview(entry: EntryInfo, ask = false): Promise<void> {
    const turn = ++this.#turn;
    if (this.read?.path !== entry.path) this.text = null;
    this.read = entry;
    this.textFailure = null;
    const args = {
      deployment: this.#status.deployment,
      archive: this.name,
      path: entry.path,
      compare: this.compare,
      limit_bytes: PREVIEW_BYTES,
    };
    try {
      const text = await (ask
        ? this.#desk.call((keys) => this.#backend.preview_text({ ...args, keys }))
        : this.#backend.preview_text({ ...args, keys: NO_KEYS }));
      if (turn === this.#turn) this.text = text;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.text = null;
      this.textFailure = failureOf(thrown);
    }
  }

  closePreview(): void {
    this.#turn += 1;
    this.read = null;
    this.text = null;
    this.textFailure = null;
  }

  #mark(): void {
    if (this.compare && this.changes.state !== 'done' && !this.changes.busy) void this.lookForChanges();
  }

  #grow(open: Set<string> | null): void {
    const { compare } = this;
    this.tree = new FileTree((path, offset) => {
      const { deployment } = this.#status;
      return this.#backend.browse({ deployment, archive: this.name, path, offset, limit: PAGE, compare });
    }, PAGE);
    void this.tree.load(open);
  }

  async #search(): Promise<void> {
    const pattern = this.query.trim();
    try {
      const found = await this.#backend.search_archive({
        deployment: this.#status.deployment,
        archive: this.name,
        pattern,
        limit: FOUND,
      });
      if (pattern !== this.query.trim()) return;
      // A folder is found by what is in it.
      this.found = { ...found, entries: found.entries.filter(({ kind }) => kind !== 'folder') };
      this.searchFailure = null;
    } catch (thrown) {
      if (pattern === this.query.trim()) this.searchFailure = failureOf(thrown);
    }
  }
}

export const selectableOf = (entry: EntryInfo | BrowseEntry) => ({
  path: entry.path,
  files: 'files' in entry ? entry.files : 1,
  bytes: 'bytes' in entry ? entry.bytes : entry.size,
});
