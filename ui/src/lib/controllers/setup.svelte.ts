import { type Backend, failureOf, type Planned } from '../backend/backend';
import { type Failure, type FindAnswer, type FoundInfo, type KeysGiven, NO_KEYS, type Path, type SetupAnswer, type SetupCheck, type SetupPreview } from '../backend/types';
import type { Clock } from '../clock.svelte';
import { type Draft, EMPTY, type KitMade, onOf, warnedOf, wishedOf } from './setup-draft';
import { Later, LOOKING_MS, SetupQuestions, TYPING_MS } from './setup-questions';
import { LongTask } from './task.svelte';

export const SETUP_STEPS = ['welcome', 'found', 'where', 'key', 'backup'] as const;
export type SetupStep = (typeof SETUP_STEPS)[number];

/** The engine lets go of a plan after ten minutes; a person reads slowly. */
const STALE_MS = 5 * 60_000;

/** The first run: what was found, what would be protected, the keys, and the kit proven by typing back. */
export class SetupController extends SetupQuestions {
  /** The window belongs to it until it is done, also when something is protected already. */
  going = $state(false);
  step: SetupStep = $state('welcome');
  readonly finding: LongTask<FindAnswer>;
  /** What would be protected, looked at again after each change. */
  readonly planning: LongTask<Planned<SetupPreview>>;
  /** Stays until a newer look is done, so that nothing jumps. */
  preview: SetupPreview | null = $state.raw(null);
  /** What is wrong with what was typed, and a name that would do. */
  checked: SetupCheck | null = $state.raw(null);
  /** What the person said is meant to be left out: the warnings as they were then. */
  meant = $state('');
  /** Typed, and not asked about yet. */
  unchecked = $state(false);
  chosen: FoundInfo | null = $state.raw(null);
  draft: Draft = $state(structuredClone(EMPTY));
  /** Kept as long as going back should find it; `forget` wipes it. */
  passphrase = $state({ first: '', again: '' });
  making = $state(false);
  answer: SetupAnswer | null = $state.raw(null);
  failure: Failure | null = $state.raw(null);
  /** What was pressed when it came. */
  failureOf: 'keys' | 'kit' | 'proof' = $state('keys');
  kitMade: KitMade | null = $state.raw(null);
  groups: number[] = $state.raw([]);
  /** Of all that stand on the page. */
  groupCount = $state(0);
  typed: Record<number, string> = $state({});
  proven = $state(false);
  /** An archive was there, and the key opened it. */
  opened = $state(false);

  readonly #clock: Clock;
  readonly #checking = new Later(TYPING_MS);
  /** The draft as it was looked at last. */
  #looked = '';
  readonly #looking = new Later(LOOKING_MS);
  #turn = 0;

  constructor(backend: Backend, clock: Clock) {
    super(backend);
    this.#clock = clock;
    this.finding = new LongTask(clock);
    this.planning = new LongTask(clock);
  }

  /** Something that would be missed is left out, and nobody said yet that it is meant. */
  get undecided(): boolean {
    const warned = warnedOf(this.checked);
    return warned !== '' && warned !== this.meant;
  }

  mean(on: boolean): void {
    this.meant = on ? warnedOf(this.checked) : '';
  }

  begin(): void {
    this.going = true;
    this.go('found');
    if (this.finding.state === 'idle') void this.find();
  }

  go(step: SetupStep): void {
    this.failure = null;
    this.step = step;
    // A plan that failed or was used up is made again where something can be changed: nobody is left without a way on.
    if ((step === 'found' || step === 'where') && this.planning.state === 'idle') void this.look();
  }

  /** What was typed stays. Once the keys are made there is nothing to go back to. */
  back(): void {
    if (this.answer) return;
    const at = SETUP_STEPS.indexOf(this.step);
    this.go(SETUP_STEPS[at - 1] ?? 'welcome');
    if (this.step === 'welcome') this.going = false;
  }

  async find(): Promise<void> {
    const answer = await this.finding.run((onProgress) => this.backend.find({}, onProgress));
    const free = answer?.found.filter((one) => one.protected_by === null) ?? [];
    if (free.length > 0 && !this.chosen && this.draft.roots.length === 0) await this.choose(free[0] as FoundInfo);
  }

  async choose(found: FoundInfo | null): Promise<void> {
    this.chosen = found;
    this.draft.name = found?.name ?? this.draft.name;
    Object.assign(this.draft, { roots: (found?.roots ?? []).map((path) => ({ path, on: true })), include: [], without: [], aside: [] });
    this.preview = null;
    await this.look();
  }

  /** A folder that the person shows. */
  async addRoot(title: string): Promise<void> {
    const path = await this.backend.pick_folder({ title, start: null });
    if (path) await this.add(path);
  }

  async add(path: Path): Promise<void> {
    const known = this.draft.roots.find((root) => root.path === path);
    if (known) known.on = true;
    else this.draft.roots.push({ path, on: true });
    await this.look();
  }

  /** At each key: what is wrong is said where it is typed. */
  checkSoon(): void {
    this.unchecked = true;
    this.#checking.do(() => void this.check());
  }

  /** Once nobody types any more: what stands beside the field is then of what stands in it. */
  lookSoon(): void {
    this.#looking.do(() => void this.look());
  }

  /** When a field is left, often by pressing what leads on: a look for nothing would disable that under the pointer. */
  async left(): Promise<void> {
    if (JSON.stringify($state.snapshot(this.draft)) !== this.#looked) await this.look();
  }

  async check(): Promise<SetupCheck | null> {
    this.#checking.stop();
    this.unchecked = true;
    const turn = ++this.#turn;
    const { name, exclude, roots } = $state.snapshot(this.draft);
    const preset = this.chosen?.preset ? { preset: this.chosen.preset } : {};
    // Where it cannot be asked, the plan refuses it.
    const checked = await this.backend.check_setup({ name, exclude, roots: onOf(roots), ...preset }).catch(() => null);
    if (turn === this.#turn) {
      this.checked = checked;
      this.unchecked = false;
    }
    return checked;
  }

  /** Looks at what is chosen, and at the place for the archives where there is one. Writes nothing. */
  async look(): Promise<SetupPreview | null> {
    this.#looking.stop();
    this.#looked = JSON.stringify($state.snapshot(this.draft));
    // A name and patterns that cannot be used hold nothing else up: they are told beside their fields.
    const unnamed = this.draft.name.trim() === '';
    const checked = unnamed && this.draft.exclude.length === 0 ? null : await this.check();
    await this.#drop();
    const args = wishedOf($state.snapshot(this.draft), this.chosen, checked);
    if (args.roots.length === 0) {
      this.planning.reset();
      this.preview = null;
      return null;
    }
    const planned = await this.planning.run((onProgress) => this.backend.plan_setup(args, onProgress));
    if (planned && this.planning.answer !== planned) {
      // A later look has taken its place.
      await this.backend.drop_plan({ plan: planned.plan }).catch(() => undefined);
      return null;
    }
    if (planned) {
      this.preview = planned.preview;
      if (unnamed && this.draft.name.trim() === '') {
        this.draft.name = planned.preview.deployment;
        this.#looked = JSON.stringify($state.snapshot(this.draft));
        await this.check();
      }
    }
    return planned?.preview ?? null;
  }

  async keepAt(path: Path): Promise<void> {
    this.draft.destination = path;
    await this.look();
  }

  proposed() {
    return this.backend.propose_place({ roots: onOf(this.draft.roots), bytes: this.preview?.bytes ?? 0 });
  }

  /** Writes: keys, settings, the place. Failed, everything typed is as it was. */
  async make(): Promise<void> {
    if (this.making || this.answer) return;
    this.making = true;
    this.failure = null;
    this.failureOf = 'keys';
    try {
      const planned = this.planning.ended?.getTime() ?? 0;
      if (!this.planning.answer || this.#clock.read().getTime() - planned > STALE_MS) await this.look();
      const plan = this.planning.answer?.plan;
      if (!plan) {
        this.failure = this.planning.failure;
        return;
      }
      this.answer = await this.backend.setup({ plan, passphrase: this.passphrase.first });
      const asked = await this.backend.kit_groups({ deployment: this.answer.deployment });
      this.groups = asked.groups;
      this.groupCount = asked.count;
      // Where a keyring holds the key, nothing needs the passphrase from here on.
      if (this.answer.identity_in_keyring) this.forget();
    } catch (thrown) {
      this.failure = failureOf(thrown);
      // The plan was used up, or is no longer true.
      if (!this.answer) this.planning.reset();
    } finally {
      this.making = false;
    }
  }

  /** `null`: to the system's print dialog. The page never comes into the window. */
  async kit(file: Path | null): Promise<void> {
    this.failure = null;
    this.failureOf = 'kit';
    try {
      const made = await this.backend.kit({ deployment: this.answer?.deployment ?? null, file, keys: this.#keys() });
      this.kitMade = { file: made.file, at: new Date(made.made), notes: made.problems };
    } catch (thrown) {
      this.failure = failureOf(thrown);
    }
  }

  async saveKit(title: string, name: string): Promise<void> {
    const file = await this.backend.pick_save({ title, name });
    if (file !== null) await this.kit(file);
  }

  /** What was said of the group before is no longer true of it. */
  typeGroup(number: number, text: string): void {
    this.typed[number] = text.toUpperCase();
    if (this.failureOf === 'proof') this.failure = null;
  }

  async prove(): Promise<void> {
    this.failure = null;
    this.failureOf = 'proof';
    const groups = this.groups.map((number): [number, string] => [number, this.typed[number] ?? '']);
    try {
      const checked = await this.backend.check_kit({ deployment: this.answer?.deployment ?? null, typed: { groups }, keys: this.#keys() });
      this.proven = true;
      this.opened = checked.opened !== null;
      this.typed = {};
      this.forget();
    } catch (thrown) {
      this.failure = failureOf(thrown);
    }
  }

  /** The passphrase is no longer in the window. */
  forget(): void {
    this.passphrase = { first: '', again: '' };
  }

  /** Done, or left: nothing of it stays. */
  async end(): Promise<void> {
    await this.#drop();
    this.forget();
    this.going = false;
    this.step = 'welcome';
    this.finding.reset();
    this.preview = null;
    this.chosen = null;
    this.draft = structuredClone(EMPTY);
    this.#checking.stop();
    this.#looking.stop();
    this.#turn += 1;
    this.checked = null;
    this.meant = '';
    this.unchecked = false;
    this.answer = null;
    this.failure = null;
    this.kitMade = null;
    this.groups = [];
    this.typed = {};
    this.proven = false;
  }

  #keys(): KeysGiven {
    const { first } = this.passphrase;
    return first === '' ? NO_KEYS : { ...NO_KEYS, passphrase: first };
  }

  async #drop(): Promise<void> {
    const plan = this.planning.answer?.plan;
    void this.planning.cancel();
    this.planning.reset();
    if (plan && !this.answer) await this.backend.drop_plan({ plan }).catch(() => undefined);
  }
}
