import type { Backend, Planned } from '../backend/backend';
import type { AddCloudArgs, AppEvent, CopyAnswer, CopyCheckAnswer, DestinationInfo, DriveInfo, RunningJob } from '../backend/types';
import type { Clock } from '../clock.svelte';
import { Asked } from './asked.svelte';
import type { StatusController } from './status.svelte';
import { LongTask } from './task.svelte';

/** Where archives and their copies are kept. What changes the settings takes hold at once and throws `BackendError`s. */
export class DestinationsController {
  readonly list;
  readonly drives;
  readonly copying: LongTask<CopyAnswer>;
  readonly checking: LongTask<CopyCheckAnswer>;
  /** Which place is copied to or checked; `null`: all. */
  at: string | null = $state(null);
  readonly busy = $derived.by(() => this.copying.busy || this.checking.busy);
  /** What would be added. */
  planned: Planned<DestinationInfo> | null = $state.raw(null);

  readonly #backend: Backend;
  readonly #status: StatusController;

  constructor(backend: Backend, clock: Clock, status: StatusController) {
    this.#backend = backend;
    this.#status = status;
    this.list = new Asked(() => backend.destinations({ deployment: status.deployment }));
    this.drives = new Asked<DriveInfo[]>(async () => (await backend.drives({})).drives);
    this.copying = new LongTask(clock);
    this.checking = new LongTask(clock);
  }

  pickFolder(title: string) {
    return this.#backend.pick_folder({ title, start: null });
  }

  async plan(path: string, name: string | null, drive: boolean | null): Promise<void> {
    await this.drop();
    const { deployment } = this.#status;
    this.planned = await this.#backend.plan_destination({ deployment, name, path, drive, volume_bytes: null });
  }

  async drop(): Promise<void> {
    const plan = this.planned?.plan;
    this.planned = null;
    if (plan) await this.#backend.drop_plan({ plan }).catch(() => undefined);
  }

  async add(): Promise<void> {
    const plan = this.planned?.plan;
    if (!plan) return;
    // Spent by the call, whatever comes of it.
    this.planned = null;
    await this.#backend.add_destination({ plan });
    await this.#changed();
  }

  async addCloud(args: Omit<AddCloudArgs, 'deployment'>): Promise<void> {
    await this.#backend.add_cloud({ ...args, deployment: this.#status.deployment });
    await this.#changed();
  }

  async rename(name: string, to: string): Promise<void> {
    await this.#backend.rename_destination({ deployment: this.#status.deployment, name, to });
    await this.#changed();
  }

  async remove(name: string): Promise<void> {
    await this.#backend.remove_destination({ deployment: this.#status.deployment, name });
    await this.#changed();
  }

  async check(name: string | null): Promise<void> {
    if (this.busy) return;
    this.#begin(name);
    const { deployment } = this.#status;
    await this.checking.run((onProgress) => this.#backend.check_copies({ deployment, to: name }, onProgress));
    await this.#changed();
  }

  async copy(name: string | null): Promise<void> {
    if (this.busy) return;
    this.#begin(name);
    const { deployment } = this.#status;
    await this.copying.run((onProgress) => this.#backend.copy({ deployment, to: name }, onProgress));
    await this.#changed();
  }

  /** Forgets how the last check or copy ended. */
  dismiss(): void {
    if (!this.copying.busy) this.copying.reset();
    if (!this.checking.busy) this.checking.reset();
  }

  /** Takes part in copies that began by themselves, as when a drive was plugged in. */
  async join(job: RunningJob): Promise<void> {
    if (this.busy || job.kind !== 'copy' || job.asked_for || job.outcome !== null) return;
    this.#begin(null);
    const joined = this.copying.follow((onProgress) => this.#backend.join(job.id, onProgress), new Date(job.started));
    this.copying.progress ??= job.progress;
    await joined;
    await this.#changed();
  }

  async joinRunning(): Promise<void> {
    const jobs = await this.#backend.jobs({}).catch(() => []);
    const running = jobs.find((job) => job.kind === 'copy');
    if (running) void this.join(running);
  }

  hear(event: AppEvent): void {
    if (event.event === 'job-began') void this.join(event.job);
    const concerns = event.event === 'drives-changed' || event.event === 'settings-changed' || event.event === 'job-ended';
    if (!concerns) return;
    if (this.list.answer) void this.list.load();
    if (event.event === 'drives-changed' && this.drives.answer) void this.drives.load();
  }

  #begin(name: string | null): void {
    this.dismiss();
    this.at = name;
  }

  async #changed(): Promise<void> {
    await Promise.all([this.list.load(), this.#status.load()]);
  }
}
