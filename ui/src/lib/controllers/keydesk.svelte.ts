import { failureOf, type Job, type OnProgress } from '../backend/backend';
import { type Failure, type KeysGiven, NO_KEYS } from '../backend/types';
import type { LongTask } from './task.svelte';

/** What a person can put right by typing. */
const ASKS = new Set(['key-needed', 'wrong-passphrase', 'wrong-key']);

/** `mistyped` may also be said of what else was typed: only a key that was given here is asked for again. */
function asks({ code }: Failure, keys: KeysGiven): boolean {
  return ASKS.has(code) || (code === 'mistyped' && keys.identity !== null);
}

/** Where a call needs a key that the keyring does not give, the person is asked for it and the call is made again. */
export class KeyDesk {
  /** Why it is asked for; `null` while it is not. */
  wanted: Failure | null = $state.raw(null);
  /** How often what was given did not open them. */
  tries = $state(0);
  #answer: ((keys: KeysGiven | null) => void) | null = null;

  give(keys: KeysGiven): void {
    this.#settle(keys);
  }

  refuse(): void {
    this.#settle(null);
  }

  /** Throws what the call threw; what it threw at first where the person gave no key, or no more. */
  async call<Answer>(call: (keys: KeysGiven) => Promise<Answer>): Promise<Answer> {
    let keys = NO_KEYS;
    let first: unknown = null;
    for (let tries = 0; ; tries += 1) {
      try {
        return await call(keys);
      } catch (thrown) {
        const failure = failureOf(thrown);
        if (!asks(failure, keys)) throw thrown;
        first ??= thrown;
        const given = await this.#ask(failure, tries);
        if (!given) throw first;
        keys = given;
      }
    }
  }

  /** The task's answer; `null` where it failed. Where the person gave no key, it has failed as it did at first. */
  async run<Answer>(
    task: LongTask<Answer>,
    begin: (keys: KeysGiven, onProgress: OnProgress) => Job<Answer>,
  ): Promise<Answer | null> {
    let keys = NO_KEYS;
    let first: Failure | null = null;
    for (let tries = 0; ; tries += 1) {
      const answer = await task.run((onProgress) => begin(keys, onProgress));
      if (!task.failure || !asks(task.failure, keys)) return answer;
      first ??= task.failure;
      const given = await this.#ask(task.failure, tries);
      if (!given) {
        if (task.failure) task.failure = first;
        return null;
      }
      keys = given;
    }
  }

  #ask(failure: Failure, tries: number): Promise<KeysGiven | null> {
    this.refuse();
    this.wanted = failure;
    this.tries = tries;
    return new Promise((resolve) => (this.#answer = resolve));
  }

  #settle(keys: KeysGiven | null): void {
    this.wanted = null;
    this.#answer?.(keys);
    this.#answer = null;
  }
}

/** The failure says that a key would put it right. */
export function needsKey(failure: Failure | null): boolean {
  return failure !== null && ASKS.has(failure.code);
}
