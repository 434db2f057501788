import { BackendError, failureOf, type Job, type OnProgress } from '../backend/backend';
import { type Failure, type KeysGiven, NO_KEYS } from '../backend/types';
import type { LongTask } from './task.svelte';

interface Question {
  failure: Failure;
  /** Something was given already, and did not open it. */
  tries: number;
  answer: (keys: KeysGiven | null) => void;
}

const WANTED = new Set(['key-needed', 'wrong-passphrase', 'wrong-key']);

/** Asks for what opens the archives when the keyring has it not, and goes on with what was to be done. Keeps nothing. */
export class KeysController {
  question: Question | null = $state.raw(null);

  /** The task's answer; `null` where it failed, or where the person gave no key. */
  async opening<Answer>(
    task: LongTask<Answer>,
    begin: (keys: KeysGiven, onProgress: OnProgress) => Job<Answer>,
  ): Promise<Answer | null> {
    let keys: KeysGiven | null = NO_KEYS;
    for (let tries = 0; keys; tries += 1) {
      const given: KeysGiven = keys;
      const answer = await task.run((onProgress) => begin(given, onProgress));
      if (answer !== null || !task.failure || !WANTED.has(task.failure.code)) return answer;
      keys = await this.#ask(task.failure, tries);
    }
    return null;
  }

  /** The same for what is answered soon. Throws what the last try threw. */
  async asking<Answer>(ask: (keys: KeysGiven) => Promise<Answer>): Promise<Answer> {
    let keys: KeysGiven = NO_KEYS;
    for (let tries = 0; ; tries += 1) {
      try {
        return await ask(keys);
      } catch (thrown) {
        const failure = failureOf(thrown);
        const given = WANTED.has(failure.code) ? await this.#ask(failure, tries) : null;
        if (!given) throw new BackendError(failure);
        keys = given;
      }
    }
  }

  give(keys: KeysGiven | null): void {
    const { question } = this;
    this.question = null;
    question?.answer(keys);
  }

  #ask(failure: Failure, tries: number): Promise<KeysGiven | null> {
    // Who is asked something new is no longer asked the old.
    this.give(null);
    return new Promise((answer) => {
      this.question = { failure, tries, answer };
    });
  }
}

export function needsKey(failure: Failure | null): boolean {
  return failure !== null && WANTED.has(failure.code);
}
