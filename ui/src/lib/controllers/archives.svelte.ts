import type { Backend } from '../backend/backend';
import type { AppEvent, ArchiveInfo, ArchiveName, BrowseAnswer, Compare } from '../backend/types';
import { Asked } from './asked.svelte';
import type { StatusController } from './status.svelte';

/** At most this many entries of a level at once; the rest when it is scrolled to. */
export const PAGE = 500;

/** The list of archives, and the files of one of them, asked level by level. */
export class ArchivesController {
  readonly list;
  readonly archives: ArchiveInfo[] = $derived.by(() => this.list.answer?.archives ?? []);

  readonly #backend: Backend;
  readonly #status: StatusController;

  constructor(backend: Backend, status: StatusController) {
    this.#backend = backend;
    this.#status = status;
    this.list = new Asked(() => backend.archives({ deployment: status.deployment }));
  }

  browse(archive: ArchiveName, path: string, offset = 0, compare: Compare | null = null): Promise<BrowseAnswer> {
    const { deployment } = this.#status;
    return this.#backend.browse({ deployment, archive, path, offset, limit: PAGE, compare });
  }

  search(archive: ArchiveName, pattern: string, limit = 1000) {
    return this.#backend.search_archive({ deployment: this.#status.deployment, archive, pattern, limit });
  }

  async pin(archive: ArchiveName, pinned: boolean): Promise<void> {
    await this.#backend.pin({ deployment: this.#status.deployment, archive, pinned });
    await this.list.load();
  }

  hear(event: AppEvent): void {
    if (event.event === 'archives-changed' && this.list.answer) void this.list.load();
  }
}
