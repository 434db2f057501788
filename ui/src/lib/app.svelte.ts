import { getContext, setContext } from 'svelte';
import type { Backend } from './backend/backend';
import type { AppEvent } from './backend/types';
import { Clock } from './clock.svelte';
import { AlarmsController } from './controllers/alarms.svelte';
import { ArchivesController } from './controllers/archives.svelte';
import { BackupController } from './controllers/backup.svelte';
import { DestinationsController } from './controllers/destinations.svelte';
import { HealthController } from './controllers/health.svelte';
import { KeyDesk } from './controllers/keydesk.svelte';
import { KeysController } from './controllers/keys.svelte';
import { MattersController } from './controllers/matters.svelte';
import { PauseController } from './controllers/pause.svelte';
import { RecoverController } from './controllers/recover.svelte';
import { RestoreController } from './controllers/restore.svelte';
import { SettingsController } from './controllers/settings.svelte';
import { SetupController } from './controllers/setup.svelte';
import { StatusController } from './controllers/status.svelte';
import { Announcer } from './shell/announcer.svelte';
import { Preferences } from './shell/preferences.svelte';
import { Router } from './shell/router.svelte';
import type { WindowState } from './shell/state';

/** What every place shares. Made once; what runs in it goes on while places come and go. */
export class App {
  readonly clock: Clock;
  readonly router = new Router();
  readonly preferences = new Preferences();
  readonly announcer = new Announcer();
  readonly status: StatusController;
  readonly backup: BackupController;
  readonly matters: MattersController;
  readonly pause: PauseController;
  readonly alarms: AlarmsController;
  readonly archives: ArchivesController;
  readonly restore: RestoreController;
  readonly setup: SetupController;
  readonly settings: SettingsController;
  readonly destinations: DestinationsController;
  readonly keys: KeysController;
  readonly health: HealthController;
  /** Asks for the passphrase where a call needs it. */
  readonly desk = new KeyDesk();
  readonly recover: RecoverController;

  constructor(
    readonly backend: Backend,
    clock: Clock = new Clock(),
  ) {
    this.clock = clock;
    this.status = new StatusController(backend);
    this.backup = new BackupController(backend, clock, this.status);
    this.matters = new MattersController(backend, clock, this.status, this.backup, this.desk);
    this.alarms = new AlarmsController(backend, clock, this.status);
    this.pause = new PauseController(backend, clock, this.status);
    this.archives = new ArchivesController(backend, clock, this.status, this.desk);
    this.restore = new RestoreController(backend, clock, this.status, this.desk, () => this.archives.opened?.selection.clear());
    this.setup = new SetupController(backend, clock);
    this.settings = new SettingsController(backend, this.status);
    this.destinations = new DestinationsController(backend, clock, this.status);
    this.keys = new KeysController(backend, this.status, this.desk);
    this.health = new HealthController(backend, clock, this.status, this.desk, this.archives);
    this.recover = new RecoverController(backend, clock, this.status);
  }

  /** What backs up or copies now, for whoever says how far it is. */
  readonly work = $derived.by(() => (this.backup.running ? this.backup.task : this.destinations.copying));

  /** Counts up whenever a drive comes or goes: who shows drives asks again. */
  drivesSeen = $state(0);

  readonly state: WindowState = $derived.by(() => {
    if (this.restore.run.busy || this.restore.undoing.busy || this.recover.run.busy) return 'recovering';
    if (this.backup.running) return this.backup.copying ? 'copying' : 'working';
    if (this.destinations.copying.busy) return 'copying';
    if (this.status.empty) return 'empty';
    if (this.status.failure) return 'unknown';
    const { answer } = this.status.overview;
    // What needs the person needs them in a pause too.
    if (answer?.schedule.paused_until && answer.state === 'protected') return 'paused';
    return answer?.state ?? 'looking';
  });

  /** Begins to listen and to look. Gives back what ends that. */
  start(): () => void {
    const ends = [
      this.clock.start(),
      this.router.start(),
      this.preferences.start(),
      this.backend.watch((event) => this.#hear(event)),
      this.status.start(),
      this.#cameBack(),
    ];
    void this.backup.joinRunning();
    void this.destinations.joinRunning();
    void this.restore.joinRunning();
    void this.recover.joinRunning();
    return () => ends.forEach((end) => end());
  }

  /** Who comes back to the window sees how things stand now, and not how they stood when they left. */
  #cameBack(): () => void {
    const look = () => void this.status.load();
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }

  #hear(event: AppEvent): void {
    this.status.hear(event);
    this.backup.hear(event);
    this.archives.hear(event);
    this.restore.hear(event);
    this.settings.hear(event);
    this.recover.hear(event);
    if (event.event === 'drives-changed') this.drivesSeen += 1;
    this.destinations.hear(event);
    this.health.hear(event);
    if (event.event === 'show-place') this.router.go(event.place);
  }
}

const KEY = Symbol('holdfast');

export function provideApp(app: App): App {
  return setContext(KEY, app);
}

export function useApp(): App {
  return getContext<App>(KEY);
}

/** For tests that render one place alone. */
export function contextOf(app: App): Map<unknown, unknown> {
  return new Map([[KEY, app]]);
}
