import type { Backend, Job, OnProgress } from '../backend/backend';
import type { KeysGiven, MatterAct, SettleAnswer } from '../backend/types';
import type { Clock } from '../clock.svelte';
import type { BackupController } from './backup.svelte';
import type { KeyDesk } from './keydesk.svelte';
import type { StatusController } from './status.svelte';
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
    await this.settling.run(() => ({ id: 'settle', result: this.#backend.settle({ deployment, paths }), cancel: async () => undefined }));
    if (this.settling.state === 'failed') return;
    this.meant = null;
    this.settling.reset();
    await this.#status.load();
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
