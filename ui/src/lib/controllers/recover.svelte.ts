import { type Backend, failureOf, type Job, type OnProgress, type Planned } from '../backend/backend';
import {
  type AppEvent,
  type Failure,
  type FoundDeployment,
  type KeysGiven,
  type MomentInfo,
  type MomentsAnswer,
  type Path,
  type RecoverAnswer,
  type RecoverFindAnswer,
  type RecoverPreview,
  type RunningJob,
} from '../backend/types';
import type { Clock } from '../clock.svelte';
import type { StatusController } from './status.svelte';
import { type Draft, fresh, wished } from './recover-draft';
import { LongTask } from './task.svelte';

export const RECOVER_STEPS = ['find', 'open', 'moment', 'place', 'preview', 'restore'] as const;
export type RecoverStep = (typeof RECOVER_STEPS)[number];

export interface LogLine {
  at: Date;
  text: string;
}

/** What the window asks for at most before it says what else helps. Nothing is ever locked. */
export const TRIES = 3;
/** The target of a complete loss. */
export const TARGET_SECONDS = 4 * 3600;

/** From a drive to a running chatbot: find, open, choose, look, recover. Nothing is changed before `start`. */
export class RecoverController {
  step: RecoverStep | null = $state(null);
  began: Date | null = $state.raw(null);
  ended: Date | null = $state.raw(null);
  notes: LogLine[] = $state.raw([]);
  log: LogLine[] = $state.raw([]);

  /** Where archives were looked for, as people know it. */
  from: { path: Path; name: string } | null = $state.raw(null);
  looking = $state(false);
  found: RecoverFindAnswer | null = $state.raw(null);
  chosen: FoundDeployment | null = $state.raw(null);
  failure: Failure | null = $state.raw(null);
  /** How often what was typed did not open them. */
  tries = $state(0);
  readonly opening: LongTask<Planned<MomentsAnswer>>;
  /** What is open now: it stays while another look is taken at it. */
  opened: Planned<MomentsAnswer> | null = $state.raw(null);
  draft: Draft = $state(fresh());
  readonly planning: LongTask<Planned<RecoverPreview>>;
  readonly run: LongTask<RecoverAnswer>;
  readonly moments: MomentInfo[] = $derived.by(() => this.opened?.preview.moments ?? []);
  /** The one that is offered: the engine's choice, for window and command line alike. */
  readonly best: MomentInfo | null = $derived.by(() => this.moments.find((one) => one.archive === this.opened?.preview.offered) ?? null);
  readonly moment: MomentInfo | null = $derived.by(
    () => this.moments.find((one) => one.archive === this.draft.at) ?? this.best,
  );

  /** They are open, but nothing tells who wrote them, and so none of them is taken for good. */
  readonly unsure = $derived.by(
    () => this.opened !== null && this.best === null && this.moments.some((one) => one.problem?.code === 'unsigned'),
  );

  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #status: StatusController;

  constructor(backend: Backend, clock: Clock, status: StatusController) {
    this.#backend = backend;
    this.#clock = clock;
    this.#status = status;
    this.opening = new LongTask(clock);
    this.planning = new LongTask(clock);
    this.run = new LongTask(clock);
  }

  begin(line: string): void {
    if (this.step !== null) return;
    this.step = 'find';
    this.began = this.#clock.read();
    this.say(line);
  }

  /** A line of the timeline. */
  say(text: string): void {
    this.log = [...this.log, { at: this.#clock.read(), text }];
  }

  note(text: string): void {
    if (text.trim() !== '') this.notes = [...this.notes, { at: this.#clock.read(), text: text.trim() }];
  }

  go(step: RecoverStep): void {
    this.failure = null;
    this.step = step;
  }

  back(): void {
    if (this.step === null || this.run.busy) return;
    if (this.opening.busy) void this.opening.cancel();
    const at = RECOVER_STEPS.indexOf(this.step);
    // What is open needs no key a second time.
    const before = RECOVER_STEPS[this.step === 'moment' ? 0 : at - 1];
    if (before) this.go(before);
  }

  drives() {
    return this.#backend.drives({});
  }

  pickFolder(title: string) {
    return this.#backend.pick_folder({ title, start: null });
  }

  pickFile(title: string) {
    return this.#backend.pick_file({ title });
  }

  strength(passphrase: string) {
    return this.#backend.passphrase_strength({ passphrase });
  }

  async find(path: Path, name: string): Promise<void> {
    if (this.looking) return;
    await this.#close();
    this.from = { path, name };
    this.looking = true;
    this.failure = null;
    this.found = null;
    this.chosen = null;
    try {
      this.found = await this.#backend.recover_find({ from: path });
      this.chosen = this.found.deployments.length === 1 ? (this.found.deployments[0] ?? null) : null;
    } catch (thrown) {
      this.failure = failureOf(thrown);
    } finally {
      this.looking = false;
    }
  }

  async choose(one: FoundDeployment): Promise<void> {
    if (this.chosen?.folder === one.folder) return;
    await this.#close();
    this.chosen = one;
  }

  async open(keys: KeysGiven): Promise<boolean> {
    if (!this.chosen || this.opening.busy) return false;
    const { folder, name: deployment } = this.chosen;
    await this.#dropPlan();
    const before = this.opened?.plan;
    this.opened = null;
    if (before) await this.#drop(before);
    const answer = await this.#open((onProgress) => this.#backend.recover_open({ folder, deployment, keys, signed_by: null }, onProgress));
    if (answer) this.tries = 0;
    else if (this.opening.state === 'failed') this.tries += 1;
    return answer !== null;
  }

  /** Looks at the same archives with the signing key from the kit, or, knowing what that means, without. */
  async trust(signed_by: string | null): Promise<boolean> {
    const opened = this.opened?.plan;
    if (!opened || this.opening.busy) return false;
    const args = { opened, signed_by, accept_unverified: signed_by === null };
    return (await this.#open((onProgress) => this.#backend.recover_trust(args, onProgress))) !== null;
  }

  async #open(begin: (onProgress: OnProgress) => Job<Planned<MomentsAnswer>>) {
    const answer = await this.opening.run(begin);
    if (!answer) return null;
    if (this.opening.answer !== answer) {
      // It was left in between.
      await this.#drop(answer.plan);
      return null;
    }
    this.opened = answer;
    // Who went back in between is not brought on.
    if (this.step === 'open' && !this.unsure) this.go('moment');
    return answer;
  }

  /** The person no longer waits for it; whatever it finds is closed again. */
  cancelOpening(): Promise<void> {
    return this.opening.cancel();
  }

  async plan(): Promise<boolean> {
    const opened = this.opened?.plan;
    if (!opened || this.planning.busy) return false;
    await this.#dropPlan();
    const args = { ...wished($state.snapshot(this.draft)), opened, at: this.moment?.archive ?? null };
    return (await this.planning.run((onProgress) => this.#backend.plan_recover(args, onProgress))) !== null;
  }

  async start(): Promise<RecoverAnswer | null> {
    const plan = this.planning.answer?.plan;
    if (!plan || this.run.busy) return null;
    this.go('restore');
    const answer = await this.run.run((onProgress) => this.#backend.recover({ plan }, onProgress));
    // The plan is used up, however it ended.
    this.planning.reset();
    if (answer) await this.#done();
    return answer;
  }

  async #done(): Promise<void> {
    this.ended = this.#clock.read();
    this.draft.passphrase = { first: '', again: '' };
    await this.#status.load();
  }

  /** Lets go of everything. What was restored stays; nothing else was changed. */
  async leave(): Promise<void> {
    if (this.run.busy) return;
    if (this.opening.busy) await this.opening.cancel();
    if (this.planning.busy) await this.planning.cancel();
    await this.#close();
    this.run.reset();
    this.step = null;
    this.began = this.ended = null;
    this.notes = [];
    this.log = [];
    this.from = this.found = this.chosen = this.failure = null;
  }

  async #dropPlan(): Promise<void> {
    const plan = this.planning.answer?.plan;
    this.planning.reset();
    if (plan) await this.#drop(plan);
  }

  async #close(): Promise<void> {
    await this.#dropPlan();
    const plan = this.opened?.plan;
    this.opening.reset();
    this.opened = null;
    this.tries = 0;
    this.draft = fresh();
    this.failure = null;
    if (plan) await this.#drop(plan);
  }

  async #drop(plan: string): Promise<void> {
    await this.#backend.drop_plan({ plan }).catch(() => undefined);
  }

  hear(event: AppEvent): void {
    if (event.event === 'job-began') void this.join(event.job);
  }

  /** A recovery that goes on since before this window was opened. */
  async join(job: RunningJob): Promise<void> {
    if (job.kind !== 'recover' || this.run.busy) return;
    this.step = 'restore';
    this.began ??= new Date(job.started);
    const joined = this.run.run((onProgress) => this.#backend.join<RecoverAnswer>(job.id, onProgress), new Date(job.started));
    this.run.progress ??= job.progress;
    if (job.cancelling) this.run.state = 'cancelling';
    if (await joined) await this.#done();
  }

  async joinRunning(): Promise<void> {
    const jobs = await this.#backend.jobs({}).catch(() => []);
    const running = jobs.find((job) => job.kind === 'recover');
    if (running) await this.join(running);
  }
}
