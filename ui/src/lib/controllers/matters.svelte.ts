import type { Backend, Job, OnProgress } from '../backend/backend';
import type { KeysGiven, MatterAct, SettleAnswer, SettledAnswer } from '../backend/types';
import type { Clock } from '../clock.svelte';
import type { BackupController } from './backup.svelte';
import type { KeyDesk } from './keydesk.svelte';
import type { StatusController } from './status.svelte';
import { Asked } from './asked.svelte';
import { LongTask } from './task.svelte';
import { LATEST } from './archives.svelte';

type Act = MatterAct['act'];

/** Puts right what needs the person, with the one press that the matter offers. */
export class MattersController {
  readonly task: LongTask<unknown>;
  /** Which matter is being put right. */
  matter: string | null = $state(null);
  #act: Act | null = null;
  /** Losses that the person is asked about, each by its name. */
  meant: { paths: string[] } | null = $state.raw(null);
  readonly settling: LongTask<SettleAnswer>;
  /** What was settled last here, until it is taken back or let go of. */
  last: string[] | null = $state.raw(null);
  /** All that was settled, and can be taken back. */
  readonly settled: Asked<SettledAnswer>;
  readonly takingBack: LongTask<SettleAnswer>;

  readonly #backend: Backend;
  readonly #status: StatusController;
  readonly #backup: BackupController;
  readonly #desk: KeyDesk;

  constructor(backend: Backend, clock: Clock, status: StatusController, backup: BackupController, desk: KeyDesk) {
    this.#backend = backend;
    this.#status = status;
    this.#backup = backup;
    this.#desk = desk;
    this.task = new LongTask(clock);
    this.settling = new LongTask(clock);
    this.takingBack = new LongTask(clock);
    this.settled = new Asked(() => backend.settled({ deployment: status.deployment }));
  }

  /** Those that lead to a place are the place's. */
  does(act: Act): boolean {
    return act === 'back-up-now' || act === 'full-backup' || act === 'repair-copies' || act === 'rebuild-catalog';
  }

  /** The address of the place that puts it right. */
  leads(act: Act): string[] | null {
    if (act === 'make-room') return ['settings', 'retention', 'room'];
    if (act === 'show-places') return ['settings', 'places', 'places'];
    if (act === 'show-patterns') return ['settings', 'deployment', 'exclude'];
    if (act === 'show-undo') return ['archives', 'undo'];
    if (act === 'prove-kit') return ['settings', 'keys', 'kit'];
    if (act === 'restore-root') return ['archives', LATEST, 'restore'];
    return null;
  }

  /** Settles what the person was shown, and looks again. */
  async settle(): Promise<void> {
    if (!this.meant || this.settling.busy) return;
    const { paths } = this.meant;
    const { deployment } = this.#status;
    const result = (): Promise<SettleAnswer> => this.#backend.settle({ deployment, paths, take_back: false });
    await this.settling.run(() => ({ id: 'settle', result: result(), cancel: async () => undefined }));
    if (this.settling.state === 'failed') return;
    this.meant = null;
    this.last = paths;
    this.settling.reset();
    await Promise.all([this.#status.load(), this.settled.load()]);
  }

  /** What was meant was not, after all: it is told again. */
  async takeBack(paths: string[]): Promise<void> {
    if (this.takingBack.busy) return;
    const { deployment } = this.#status;
    const result = (): Promise<SettleAnswer> => this.#backend.settle({ deployment, paths, take_back: true });
    await this.takingBack.run(() => ({ id: 'take-back', result: result(), cancel: async () => undefined }));
    if (this.takingBack.state === 'failed') return;
    this.last = null;
    this.takingBack.reset();
    await Promise.all([this.#status.load(), this.settled.load()]);
  }

  async run(matter: string, act: Act): Promise<void> {
    if (this.task.busy) return;
    if (act === 'back-up-now') return this.#backup.start();
    if (act === 'full-backup') return this.#backup.start('full');
    const begin = this.#begin(act);
    if (!begin) return;
    this.matter = matter;
    this.#act = act;
    await this.#desk.run(this.task, begin);
    await this.#status.load();
  }

  /** Does once more what has failed. */
  async again(): Promise<void> {
    if (this.matter !== null && this.#act) await this.run(this.matter, this.#act);
  }

  #begin(act: Act): ((keys: KeysGiven, onProgress: OnProgress) => Job<unknown>) | null {
    const { deployment } = this.#status;
    if (act === 'repair-copies') return (_, onProgress) => this.#backend.repair_copies({ deployment }, onProgress);
    if (act === 'rebuild-catalog') {
      return (keys, onProgress) => this.#backend.rebuild_catalog({ deployment, keys }, onProgress);
    }
    return null;
  }
}
