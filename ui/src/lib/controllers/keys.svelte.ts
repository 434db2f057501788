import type { Backend, Planned } from '../backend/backend';
import type { KitAnswer, RotateAnswer, RotationPreview } from '../backend/types';
import { Asked } from './asked.svelte';
import type { KeyDesk } from './keydesk.svelte';
import type { StatusController } from './status.svelte';

/** Who can open the archives: passphrase, recovery kit, trusted people, new keys. Its calls throw `BackendError`s. */
export class KeysController {
  readonly key;
  /** What new keys would change, until they are made or let go of. */
  rotation: Planned<RotationPreview> | null = $state.raw(null);

  readonly #backend: Backend;
  readonly #status: StatusController;
  readonly #desk: KeyDesk;

  constructor(backend: Backend, status: StatusController, desk: KeyDesk) {
    this.#backend = backend;
    this.#status = status;
    this.#desk = desk;
    this.key = new Asked(() => backend.key({ deployment: status.deployment }));
  }

  strength(passphrase: string) {
    return this.#backend.passphrase_strength({ passphrase });
  }

  async changePassphrase(old: string, next: string) {
    const answer = await this.#backend.change_passphrase({ deployment: this.#status.deployment, old, new: next });
    await this.key.load();
    return answer;
  }

  async print(): Promise<KitAnswer> {
    return this.#kit(null);
  }

  /** `null` where the person went back. */
  async save(title: string, name: string): Promise<KitAnswer | null> {
    const file = await this.#backend.pick_save({ title, name });
    return file === null ? null : this.#kit(file);
  }

  groups() {
    return this.#backend.kit_groups({ deployment: this.#status.deployment });
  }

  async prove(groups: [number, string][]) {
    const { deployment } = this.#status;
    const answer = await this.#desk.call((keys) => this.#backend.check_kit({ deployment, typed: { groups }, keys }));
    await this.key.load();
    await this.#status.load();
    return answer;
  }

  async addPerson(name: string, recipient: string): Promise<void> {
    await this.#backend.add_person({ deployment: this.#status.deployment, name, recipient });
    await this.key.load();
  }

  async removePerson(who: string): Promise<void> {
    await this.#backend.remove_person({ deployment: this.#status.deployment, who });
    await this.key.load();
  }

  async planRotation(signing: boolean): Promise<void> {
    await this.dropRotation();
    this.rotation = await this.#backend.plan_rotation({ deployment: this.#status.deployment, signing });
  }

  async dropRotation(): Promise<void> {
    const plan = this.rotation?.plan;
    this.rotation = null;
    if (plan) await this.#backend.drop_plan({ plan }).catch(() => undefined);
  }

  async rotate(passphrase: string): Promise<RotateAnswer | null> {
    const plan = this.rotation?.plan;
    if (!plan) return null;
    const answer = await this.#backend.rotate({ plan, passphrase });
    this.rotation = null;
    await this.key.load();
    await this.#status.load();
    return answer;
  }

  async #kit(file: string | null): Promise<KitAnswer> {
    const { deployment } = this.#status;
    const answer = await this.#desk.call((keys) => this.#backend.kit({ deployment, file, keys }));
    await this.key.load();
    return answer;
  }
}
