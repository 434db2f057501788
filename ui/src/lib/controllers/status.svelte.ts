import type { Backend } from '../backend/backend';
import type { AppEvent, DeploymentName, Failure } from '../backend/types';
import { Asked } from './asked.svelte';

/** While something needs the person, it is looked often whether it still does: programs stop without a word. */
const NEEDED_MS = 10_000;

/** How safe the chatbot is. Asked again whenever something says that it may have changed, and once a minute. */
export class StatusController {
  /** `null`: the only one, or the first. */
  chosen: DeploymentName | null = $state(null);
  readonly status;
  readonly overview;
  readonly history;
  readonly storage;

  readonly deployments = $derived.by(() => this.status.answer?.deployments.map((one) => one.deployment) ?? []);
  readonly deployment: DeploymentName | null = $derived.by(() => this.chosen ?? this.deployments[0] ?? null);
  /** That there is none is known, and not only not yet seen. */
  readonly empty = $derived.by(() => this.status.answer !== null && this.deployments.length === 0);

  /** Why it cannot be said how safe the chatbot is. An older answer is then no longer believed. */
  readonly failure: Failure | null = $derived.by(() => this.status.failure ?? this.overview.failure);

  constructor(backend: Backend) {
    this.status = new Asked(() => backend.status({ deployment: null }));
    this.overview = new Asked(() => backend.overview({ deployment: this.deployment }));
    this.history = new Asked(() => backend.history({ deployment: this.deployment }));
    this.storage = new Asked(() => backend.storage({ deployment: this.deployment, destination: null }));
  }

  async load(): Promise<void> {
    await this.status.load();
    if (this.status.answer === null || this.empty) return;
    await Promise.all([this.overview.load(), this.history.load(), this.storage.load()]);
  }

  async choose(deployment: DeploymentName): Promise<void> {
    this.chosen = deployment;
    for (const asked of [this.overview, this.history, this.storage]) asked.clear();
    await this.load();
  }

  hear(event: AppEvent): void {
    switch (event.event) {
      case 'status-changed':
      case 'archives-changed':
      case 'settings-changed':
      case 'drives-changed':
      case 'job-ended':
        void this.load();
    }
  }

  /** As long as it is looked at. Gives back what ends that. */
  watch(): () => void {
    // What is not known yet is being asked.
    if (this.overview.answer) void this.load();
    const timer = setInterval(() => {
      const needed = (this.overview.answer?.matters.length ?? 0) > 0;
      if (needed && document.visibilityState === 'visible' && !this.overview.asking) void this.load();
    }, NEEDED_MS);
    return () => clearInterval(timer);
  }

  start(everyMs = 60_000): () => void {
    const timer = setInterval(() => void this.load(), everyMs);
    void this.load();
    return () => clearInterval(timer);
  }
}
