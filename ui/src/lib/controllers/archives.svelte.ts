import type { Backend, Planned } from '../backend/backend';
import type {
  AppEvent,
  ArchiveInfo,
  ArchiveName,
  Compare,
  DeleteAnswer,
  DeletePreview,
  DeploymentName,
  Envelope,
  ExportAnswer,
  ExportPreview,
  SalvageAnswer,
  VerifyAnswer,
} from '../backend/types';
import type { Clock } from '../clock.svelte';
import { Asked } from './asked.svelte';
import type { KeyDesk } from './keydesk.svelte';
import { OpenedArchive } from './opened.svelte';
import type { StatusController } from './status.svelte';
import { LongTask } from './task.svelte';

/** In an address: whichever is the newest that can be restored, looked at from the beginning. */
export const LATEST = 'latest';

/** The list of archives, the one that is looked into, and what is done with an archive as a whole. */
export class ArchivesController {
  readonly list;
  readonly archives: ArchiveInfo[] = $derived.by(() => this.list.answer?.archives ?? []);
  opened: OpenedArchive | null = $state.raw(null);

  /** What is to be done in an archive as soon as it is shown. */
  wanted: { archive: ArchiveName; paths: string[]; salvage: boolean } | null = $state.raw(null);

  readonly verifying: LongTask<VerifyAnswer>;
  /** Which one is verified, or was last. */
  verified: ArchiveName | null = $state(null);
  /** Whether byte by byte. */
  full = $state(false);
  readonly exportPlan: LongTask<Planned<ExportPreview>>;
  readonly exporting: LongTask<ExportAnswer>;
  readonly deletion;
  readonly deleting: LongTask<DeleteAnswer>;
  readonly salvaging: LongTask<SalvageAnswer>;

  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #status: StatusController;
  readonly #desk: KeyDesk;
  #toDelete: ArchiveName = '';
  #of: DeploymentName | null = null;
  #close: () => void = () => undefined;

  constructor(backend: Backend, clock: Clock, status: StatusController, desk: KeyDesk) {
    this.#backend = backend;
    this.#clock = clock;
    this.#status = status;
    this.#desk = desk;
    this.list = new Asked(() => backend.archives({ deployment: status.deployment }));
    this.verifying = new LongTask(clock);
    this.exportPlan = new LongTask(clock);
    this.exporting = new LongTask(clock);
    this.deleting = new LongTask(clock);
    this.salvaging = new LongTask(clock);
    this.deletion = new Asked(() => backend.plan_delete({ deployment: status.deployment, archive: this.#toDelete, force: false }));
  }

  /** Of this deployment; nothing of another one stays in sight. */
  async load(of: DeploymentName | null): Promise<void> {
    if (this.#of !== null && of !== this.#of) {
      this.opened = null;
      this.list.clear();
    }
    this.#of = of;
    await this.list.load();
  }

  find(name: ArchiveName): ArchiveInfo | null {
    return this.archives.find((one) => one.name === name) ?? null;
  }

  /**
   * The newest of which all can come back whole. What was archived before a restore may hold the damage that it was made
   * for, and so may a backup of what was damaged already.
   */
  readonly latest: ArchiveInfo | null = $derived.by(() => {
    const there = this.archives.filter((one) => one.restorable);
    // The api says which one is gone back to; where none is whole, what was archived before a restore comes last.
    const offered = this.list.answer?.offered ?? null;
    return there.find((one) => one.name === offered) ?? there.find((one) => one.kind !== 'emergency') ?? there[0] ?? null;
  });

  /** Nothing that was picked, typed or compared before is still there. */
  afresh(): void {
    this.#close();
    this.#close = () => undefined;
    this.opened = null;
  }

  /** What was picked and typed stays while the same one is opened again. */
  open(name: ArchiveName): void {
    if (this.opened?.name === name) return;
    const compare: Compare | null = this.opened?.compare?.with === 'now' ? { with: 'now' } : null;
    this.#close();
    // A place's effect may be what opens it: what is derived in it must outlive that effect.
    this.#close = $effect.root(() => {
      this.opened = new OpenedArchive(name, this.#backend, this.#clock, this.#status, this.#desk, compare);
    });
  }

  /** Throws a `BackendError`. */
  async pin(archive: ArchiveName, pinned: boolean): Promise<void> {
    await this.#backend.pin({ deployment: this.#status.deployment, archive, pinned });
    await this.list.load();
  }

  async verify(archive: ArchiveName, full: boolean): Promise<void> {
    if (this.verifying.busy) return;
    this.verified = archive;
    this.full = full;
    await this.#desk.run(this.verifying, (keys, onProgress) =>
      this.#backend.verify({ deployment: this.#status.deployment, archive, all: false, full, keys }, onProgress),
    );
    await this.list.load();
  }

  async planExport(at: ArchiveName, to: string, envelope: Envelope): Promise<void> {
    await this.dropExport();
    const { deployment } = this.#status;
    await this.#desk.run(this.exportPlan, (keys, onProgress) =>
      this.#backend.plan_export({ deployment, at, to, envelope, volume_bytes: null, program: true, keys }, onProgress),
    );
  }

  async export(): Promise<void> {
    const plan = this.exportPlan.answer?.plan;
    if (!plan || this.exporting.busy) return;
    this.exportPlan.reset();
    await this.exporting.run((onProgress) => this.#backend.export({ plan }, onProgress));
  }

  async dropExport(): Promise<void> {
    const plan = this.exportPlan.answer?.plan;
    this.exportPlan.reset();
    if (plan) await this.#backend.drop_plan({ plan }).catch(() => undefined);
  }

  async planDelete(archive: ArchiveName): Promise<Planned<DeletePreview> | null> {
    await this.dropDelete();
    this.#toDelete = archive;
    return this.deletion.load();
  }

  async delete(): Promise<void> {
    const plan = this.deletion.answer?.plan;
    if (!plan || this.deleting.busy) return;
    this.deletion.clear();
    await this.deleting.run((onProgress) => this.#backend.delete_archive({ plan }, onProgress));
    await this.list.load();
  }

  async dropDelete(): Promise<void> {
    const plan = this.deletion.answer?.plan;
    this.deletion.clear();
    this.deleting.reset();
    if (plan) await this.#backend.drop_plan({ plan }).catch(() => undefined);
  }

  async salvage(archive: ArchiveName, into: string): Promise<void> {
    if (this.salvaging.busy) return;
    const { deployment } = this.#status;
    await this.#desk.run(this.salvaging, (keys, onProgress) =>
      this.#backend.salvage({ deployment, archive, into, keys }, onProgress),
    );
  }

  hear(event: AppEvent): void {
    if (event.event === 'archives-changed' && this.list.answer) void this.list.load();
  }
}
