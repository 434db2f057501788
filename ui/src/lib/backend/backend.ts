import type * as T from './types';
import type { Planned } from './types';

/** A plan stays with the engine; the window holds its number and what it may show. Used once, or dropped. */
export type { Planned };

export type OnProgress = (progress: T.Progress) => void;

/** A long task that goes on, here or elsewhere. Letting go of it does not stop it. */
export interface Job<Answer> {
  readonly id: string;
  /** Fails with a `BackendError`; with the code `cancelled` after `cancel` took hold. */
  readonly result: Promise<Answer>;
  /** Asks it to stop at its next safe point. Comes back at once: that it stopped is told by `result`. */
  cancel(): Promise<void>;
}

/** Everything that the window asks and that is answered soon. Names are those of the commands. */
export interface Questions {
  status(args: T.DeploymentArgs): Promise<T.StatusAnswer>;
  overview(args: T.DeploymentArgs): Promise<T.OverviewAnswer>;
  history(args: T.DeploymentArgs): Promise<T.HistoryAnswer>;
  storage(args: T.StorageArgs): Promise<T.StorageAnswer>;
  jobs(args: Record<string, never>): Promise<T.RunningJob[]>;
  /** Nothing is made by itself until then; what is asked for is. */
  pause(args: T.PauseArgs): Promise<T.PauseAnswer>;
  resume(args: T.DeploymentArgs): Promise<T.ResumeAnswer>;

  archives(args: T.DeploymentArgs): Promise<T.ArchiveList>;
  show(args: T.ShowArgs): Promise<T.ShowAnswer>;
  browse(args: T.BrowseArgs): Promise<T.BrowseAnswer>;
  search_archive(args: T.SearchArgs): Promise<T.SearchAnswer>;
  preview_text(args: T.TextArgs): Promise<T.TextAnswer>;
  pin(args: T.PinArgs): Promise<T.PinAnswer>;
  /** Only what the person was shown by name; also takes that back. */
  settle(args: T.SettleArgs): Promise<T.SettleAnswer>;
  settled(args: T.DeploymentArgs): Promise<T.SettledAnswer>;
  alarms(args: T.AlarmsArgs): Promise<T.AlarmList>;
  /** That what looked wrong was meant; also takes that back. */
  acknowledge(args: T.AcknowledgeArgs): Promise<T.AcknowledgeAnswer>;
  plan_delete(args: T.DeleteArgs): Promise<Planned<T.DeletePreview>>;

  plan_undo(args: T.DeploymentArgs): Promise<Planned<T.UndoPreview>>;
  preserved(args: T.DeploymentArgs): Promise<T.SetAside[]>;

  destinations(args: T.DeploymentArgs): Promise<T.DestinationList>;
  drives(args: Record<string, never>): Promise<T.DriveList>;
  plan_destination(args: T.AddDestinationArgs): Promise<Planned<T.DestinationInfo>>;
  add_destination(args: T.PlanArgs): Promise<T.DestinationAnswer>;
  /** Asks the service, and writes there only what opening the archives-to-be needs. */
  add_cloud(args: T.AddCloudArgs): Promise<T.DestinationAnswer>;
  rename_destination(args: T.RenameDestination): Promise<T.DestinationAnswer>;
  remove_destination(args: T.NamedDestination): Promise<T.DestinationAnswer>;

  /** Where on this computer archives could lie. */
  propose_place(args: T.ProposePlaceArgs): Promise<T.PlaceFacts | null>;
  /** Asked at each key. */
  check_setup(args: T.SetupCheckArgs): Promise<T.SetupCheck>;
  passphrase_strength(args: T.PassphraseText): Promise<T.StrengthAnswer>;
  setup(args: T.SetupRunArgs): Promise<T.SetupAnswer>;
  key(args: T.DeploymentArgs): Promise<T.KeyAnswer>;
  change_passphrase(args: T.PassphraseArgs): Promise<T.PassphraseAnswer>;
  kit(args: T.KitArgs): Promise<T.KitAnswer>;
  /** Which groups to ask for, chosen by the engine so that the window cannot ask for the same one every time. */
  kit_groups(args: T.DeploymentArgs): Promise<T.KitGroups>;
  check_kit(args: T.CheckKitArgs): Promise<T.CheckAnswer>;

  add_person(args: T.AddPersonArgs): Promise<T.PeopleAnswer>;
  /** By name or key. */
  remove_person(args: T.RemovePersonArgs): Promise<T.PeopleAnswer>;
  plan_rotation(args: T.RotationArgs): Promise<Planned<T.RotationPreview>>;
  rotate(args: T.SetupRunArgs): Promise<T.RotateAnswer>;

  settings(args: T.DeploymentArgs): Promise<T.SettingsAnswer>;
  check_settings(args: T.SettingsArgs): Promise<T.SettingsCheck>;
  write_settings(args: T.SettingsArgs): Promise<T.SettingsAnswer>;
  write_app_settings(args: T.AppSettingsArgs): Promise<T.AppSettings>;

  recover_find(args: T.RecoverFindArgs): Promise<T.RecoverFindAnswer>;

  doctor(args: Record<string, never>): Promise<T.DoctorAnswer>;
  diagnostics(args: Record<string, never>): Promise<T.DiagnosticsAnswer>;

  /** The system's dialog; `null` where the person went back. */
  pick_folder(args: { title: string; start: T.Path | null }): Promise<T.Path | null>;
  pick_file(args: { title: string }): Promise<T.Path | null>;
  pick_save(args: { title: string; name: string }): Promise<T.Path | null>;
  open_path(args: { path: T.Path }): Promise<void>;
  /** How large everything in the window is, in percent of what the system gives. Holds until the window is made anew. */
  text_size(args: { percent: number }): Promise<void>;
  /** The page stands there, on this ground: the shell shows its window when it first hears it. */
  drawn(args: { dark: boolean }): Promise<void>;
  /** Lets go of a plan that is not run, and of the lock that it holds. */
  drop_plan(args: T.PlanArgs): Promise<void>;
}

/** Everything that takes its time: with progress, cancellable, and going on when the window is closed. */
export interface Tasks {
  backup(args: T.BackupArgs, onProgress?: OnProgress): Job<T.BackupAnswer>;
  find(args: Record<string, never>, onProgress?: OnProgress): Job<T.FindAnswer>;
  plan_setup(args: T.SetupArgs, onProgress?: OnProgress): Job<Planned<T.SetupPreview>>;
  diff(args: T.DiffArgs, onProgress?: OnProgress): Job<T.DiffAnswer>;
  plan_restore(args: T.RestoreArgs, onProgress?: OnProgress): Job<Planned<T.RestorePreview>>;
  restore(args: T.PlanArgs, onProgress?: OnProgress): Job<T.RestoreAnswer>;
  undo(args: T.PlanArgs, onProgress?: OnProgress): Job<T.UndoAnswer>;
  forget(args: T.ForgetArgs, onProgress?: OnProgress): Job<T.ForgetAnswer>;
  salvage(args: T.SalvageArgs, onProgress?: OnProgress): Job<T.SalvageAnswer>;
  verify(args: T.VerifyArgs, onProgress?: OnProgress): Job<T.VerifyAnswer>;
  delete_archive(args: T.PlanArgs, onProgress?: OnProgress): Job<T.DeleteAnswer>;
  plan_prune(args: T.DeploymentArgs, onProgress?: OnProgress): Job<Planned<T.PrunePreview>>;
  prune(args: T.PlanArgs, onProgress?: OnProgress): Job<T.PruneAnswer>;
  plan_export(args: T.ExportArgs, onProgress?: OnProgress): Job<Planned<T.ExportPreview>>;
  export(args: T.PlanArgs, onProgress?: OnProgress): Job<T.ExportAnswer>;
  copy(args: T.CopyArgs, onProgress?: OnProgress): Job<T.CopyAnswer>;
  /** Reads every copy again where it lies. */
  check_copies(args: T.CopyArgs, onProgress?: OnProgress): Job<T.CopyCheckAnswer>;
  /** Brings damaged copies back from good ones. */
  repair_copies(args: T.DeploymentArgs, onProgress?: OnProgress): Job<T.CopyAnswer>;
  rebuild_catalog(args: T.UnlockArgs, onProgress?: OnProgress): Job<T.RebuildAnswer>;
  recover_open(args: T.RecoverOpenArgs, onProgress?: OnProgress): Job<Planned<T.MomentsAnswer>>;
  /** The same archives, with a signing key that the person has, or without any. Takes the place of what was opened. */
  recover_trust(args: T.RecoverTrustArgs, onProgress?: OnProgress): Job<Planned<T.MomentsAnswer>>;
  plan_recover(args: T.RecoverPlanArgs, onProgress?: OnProgress): Job<Planned<T.RecoverPreview>>;
  recover(args: T.PlanArgs, onProgress?: OnProgress): Job<T.RecoverAnswer>;
}

export interface Backend extends Questions, Tasks {
  /** Takes part in a job that runs already. Its result is what the task's own answer would be. */
  join<Answer>(id: string, onProgress?: OnProgress): Job<Answer>;
  /** Hears of what happens without being asked. Gives back what ends the hearing. */
  watch(hear: (event: T.AppEvent) => void): () => void;
}

/** A failure in words for people, as something that can be thrown. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  constructor(readonly failure: T.Failure) {
    super(failure.title);
  }
}

/** Whatever was thrown, as a failure: nothing is shown as "something went wrong". */
export function failureOf(thrown: unknown): T.Failure {
  if (thrown instanceof BackendError) return thrown.failure;
  const cause = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: 'internal',
    severity: 'problem',
    subject: 'the window',
    cause,
    title: 'The window came to a point that it should not reach.',
    next_step: 'Nothing of the archives is touched by that. Open the place again, and report it with the log file if it returns.',
  };
}

export function isCancelled(thrown: unknown): boolean {
  return thrown instanceof BackendError && thrown.failure.code === 'cancelled';
}
