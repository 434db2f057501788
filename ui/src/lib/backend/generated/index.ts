// Made from the api by its test `types`; not to be edited. Sizes and counts stay far below 2^53.

export type About = "chatbot" | "archives" | "copies";

export type AcknowledgeAnswer = { outcome: Outcome, deployment: string, alarm: AlarmInfo, 
/**
 * Why nothing is removed all the same.
 */
frozen: string | null, };

/**
 * What a person says of one alarm.
 */
export type AcknowledgeArgs = { deployment: string | null, id: number, 
/**
 * Why; kept with it.
 */
note: string | null, 
/**
 * Takes back that it was acknowledged: it is open again.
 */
undo: boolean, };

export type ActKind = "repair-copies" | "back-up-now" | "full-backup" | "settle" | "rebuild-catalog" | "make-room" | "restore-root" | "prove-kit" | "show-places" | "show-patterns" | "show-archive" | "salvage" | "show-undo" | "open-folder" | "acknowledge";

export type Action = "create" | "replace" | "delete";

/**
 * A place in the cloud as a window asks for it.
 */
export type AddCloudArgs = { deployment: string | null, 
/**
 * By default the bucket's.
 */
name: string | null, service: CloudSettings, 
/**
 * The account's key as typed: it goes into the keyring and nowhere else, whatever `service.credentials` says. `null`
 * where that says where it is already.
 */
typed: CloudKey | null, };

export type AddDestinationArgs = { deployment: string | null, 
/**
 * By default the drive's or the folder's own.
 */
name: string | null, path: string, 
/**
 * Whether it comes and goes; `None`: as it looks.
 */
drive: boolean | null, 
/**
 * Longer archives are cut into volumes; `None`: only where the file system asks for it.
 */
volume_bytes: number | null, };

/**
 * A trusted person.
 */
export type AddPersonArgs = { deployment: string | null, name: string, 
/**
 * `age1...`
 */
recipient: string, };

/**
 * What looked wrong, with what was seen and what it was measured by.
 */
export type AlarmFinding = { "kind": "scrambled", files: number, renamed: number, databases: number, paths: Array<string>, } | { "kind": "most-changed", changed: number, gone: number, of: number, } | { "kind": "size", bytes: number, low: number, high: number, } | { "kind": "database-emptied", path: string, rows: number, before: number, tables: Array<string>, } | { "kind": "unreadable", files: number, of: number, };

export type AlarmInfo = { id: number, finding: AlarmFinding, code: Code, 
/**
 * In one sentence.
 */
title: string, seen: string, expected: string, 
/**
 * The archive that raised it.
 */
archive: ArchiveName, since: string, 
/**
 * The archive to go back to; `None` where there is none that is whole.
 */
good: ArchiveName | null, good_at: string | null, 
/**
 * The first archive in which it was no longer so.
 */
over: ArchiveName | null, 
/**
 * Nothing is removed as long as it is open.
 */
freezes: boolean, open: boolean, acknowledged: string | null, note: string | null, next_step: string, };

export type AlarmList = { 
/**
 * `problems` where one is open.
 */
outcome: Outcome, deployment: string, 
/**
 * Newest first.
 */
alarms: Array<AlarmInfo>, 
/**
 * Why nothing is removed for now, whatever the rules say; not only alarms hold that up.
 */
frozen: string | null, 
/**
 * Places that will be full soon, as they grew until now.
 */
filling: Array<Filling>, problems: Array<Note>, };

/**
 * Whose alarms, and whether those that were acknowledged too.
 */
export type AlarmsArgs = { deployment: string | null, all: boolean, };

/**
 * What a window is told without asking.
 */
export type AppEvent = { "event": "status-changed", deployment: string | null, } | { "event": "archives-changed", deployment: string | null, } | { "event": "settings-changed", deployment: string | null, } | { "event": "job-began", job: RunningJob, } | { "event": "job-ended", id: string, kind: JobKind, deployment: string | null, asked_for: boolean, outcome: Outcome, failure: Failure | null, } | { "event": "drives-changed" } | { "event": "show-place", place: string, };

/**
 * Of the program on this machine, not of a deployment.
 */
export type AppSettings = { start_at_login: boolean, 
/**
 * Tell of what needs the person, when no window is in front.
 */
notify: boolean, log_folder: string, version: string, 
/**
 * What closing the window does.
 */
closing: Closing, 
/**
 * What this machine does not offer, and what works all the same: notices.
 */
without: Array<Note>, };

export type AppSettingsArgs = { start_at_login: boolean, notify: boolean, };

export type ArchiveInfo = { name: ArchiveName, deployment_id: string, path: string, level: Level, kind: Kind, created: string, 
/**
 * Another of the same deployment was made in the same minute: only the seconds tell which is meant.
 */
shares_minute: boolean, 
/**
 * Of the whole moment.
 */
files: number, bytes: number, 
/**
 * Of the archive's file.
 */
stored_bytes: number, sha256: string, 
/**
 * The archives that a restore needs besides this one, parent first.
 */
needs: Array<ArchiveName>, 
/**
 * Of an archive of what was about to be replaced, by what, where that is known.
 */
before: MadeBefore | null, 
/**
 * Whether its state goes on, or was put aside by a restore, or given up by an undo.
 */
branch: Branch, 
/**
 * How the backup ended that made it.
 */
made: Outcome, signed: boolean, pinned: boolean, 
/**
 * `None` only where nothing is known of it, as in a catalog that was built again.
 */
verified: Verified | null, 
/**
 * What it holds badly, or lacks: it was so when it was captured.
 */
captured: CapturedNote | null, 
/**
 * `present`, `missing` or `removing`.
 */
state: "present" | "missing" | "removing", 
/**
 * It and all that it needs are at their places, and none of them was found damaged.
 */
restorable: boolean, 
/**
 * What keeps it from being restored.
 */
soundness: Soundness, 
/**
 * It is missing because its place is not there, as a drive that is not plugged in.
 */
away: boolean, 
/**
 * Where else it lies, as far as the catalog knows.
 */
copies: Array<CopyPlace>, };

export type ArchiveList = { outcome: Outcome, 
/**
 * Newest first.
 */
archives: Array<ArchiveInfo>, 
/**
 * The one to go back to where nobody says another, as `status` has it; `None` where none is whole, and where those
 * of several chatbots are listed.
 */
offered: ArchiveName | null, 
/**
 * Chatbots that are set up on this machine.
 */
deployments: number, problems: Array<Note>, };

/**
 * An archive's name without its ending, such as `chatbot_2026-11-21T020000Z_weekly-full`.
 *
 * It is also the archive's identity: unique in its deployment, sorts by time, legal on FAT, exFAT
 * and NTFS, and says what the archive holds.
 */
export type ArchiveName = string;

export type BackupAnswer = { outcome: Outcome, deployment: string, archive: ArchiveName, path: string, level: Level, kind: Kind, 
/**
 * Why this level.
 */
reason: string, created: string, 
/**
 * Of the whole moment that the archive gives back.
 */
files: number, bytes: number, 
/**
 * Content that this run read because it was new or changed.
 */
files_read: number, bytes_read: number, stored_bytes: number, sha256: string, signed: boolean, left_out: Array<string>, 
/**
 * What the other destinations got of it, and of what was due to them before.
 */
copies: Array<CopiedTo>, 
/**
 * What the rules let go of afterwards; `None` where nobody looked.
 */
pruned: PrunedAfter | null, 
/**
 * What looks wrong in it, and did not before.
 */
raised: Array<number>, problems: Array<Note>, };

export type BackupArgs = { deployment: string | null, 
/**
 * `None`: what is due, or a full where there is none.
 */
level: Level | null, 
/**
 * Keep it as one that the person asked for.
 */
manual: boolean, read_back: boolean, 
/**
 * Take a folder that held files and holds nothing now as it is.
 */
allow_empty: boolean, 
/**
 * Remove nothing afterwards.
 */
no_prune?: boolean, 
/**
 * OpenPGP for full archives alone.
 */
envelope: Envelope, 
/**
 * Only for the first archive in OpenPGP, whose key follows from the deployment's.
 */
keys: KeysGiven, };

/**
 * Where an archive stands among the states that there were.
 */
export type Branch = "living" | "aside" | "given-up";

export type BrokenRunbook = { file: string, faults: Array<RunbookFault>, };

/**
 * A restore of some files. They are back, and of the chatbot's databases that proves nothing.
 */
export type BroughtBack = { at: string, files: number, };

export type BrowseAnswer = { path: string, 
/**
 * Folders first, then by name.
 */
entries: Array<BrowseEntry>, 
/**
 * Of this level.
 */
total: number, };

export type BrowseArgs = { deployment: string | null, 
/**
 * A name, a time, `latest`, or the path of an archive's file.
 */
archive: string, 
/**
 * `ROOT/...`; the roots where it is empty.
 */
path: string, offset: number, 
/**
 * At most 1,000 at once.
 */
limit: number, compare: Compare | null, };

export type BrowseEntry = { name: string, 
/**
 * Of the archive, below a folder: files and their bytes. For a file 1 and its size.
 */
files: number, bytes: number, 
/**
 * Of folders only `gone` and `new`.
 */
change: EntryChange | null, 
/**
 * Below a folder: how many files and links differ.
 */
changed: number, 
/**
 * `ROOT/...`; letters that are no UTF-8 are replaced.
 */
path: string, 
/**
 * `file`, `folder`, `link` or `hardlink`.
 */
kind: "file" | "folder" | "link" | "hardlink", class: Class, 
/**
 * Permission bits in octal, such as `0640`.
 */
mode: string, user: string, group: string, size: number, modified: string, 
/**
 * Of a file's content, in hexadecimal.
 */
sha256: string | null, 
/**
 * What a symbolic link points to, or the path that a hard link shares.
 */
link: string | null, 
/**
 * A consistent copy of an SQLite database.
 */
database: boolean, };

/**
 * What an archive holds badly, or lacks: it was so when it was captured. That the archive is what was written is
 * another question.
 */
export type CapturedNote = { 
/**
 * A restore of everything would not bring back a sound chatbot.
 */
matters: boolean, 
/**
 * The worst of it in two words: `damaged database`.
 */
word: string, 
/**
 * The same in a sentence.
 */
said: string, problems: number, };

/**
 * What a check is about, in the order in which people read them.
 */
export type CheckAbout = "chatbot" | "data" | "config" | "machine" | "protection" | "holdfast";

export type CheckAnswer = { outcome: Outcome, deployment: DeploymentName, 
/**
 * The groups that were compared; empty where all of the key was typed.
 */
groups: Array<number>, 
/**
 * `None` where only some groups of the person's choice were compared.
 */
proven: string | null, 
/**
 * The newest archive, which opened with what was typed.
 */
opened: ArchiveName | null, problems: Array<Note>, };

/**
 * What a check is known by from one run to the next: its kind, and what it looks at where there can be several
 * (`http`, `database:data/webui.db`).
 */
export type CheckId = string;

export type CheckKitArgs = { deployment: string | null, typed: TypedBack, keys: KeysGiven, };

/**
 * From best to worst. What cannot be looked at is neither well nor ill.
 */
export type CheckState = "ok" | "unknown" | "warning" | "failing";

/**
 * What a number counts, for trends.
 */
export type CheckUnit = "milliseconds" | "percent" | "rows" | "days" | "seconds" | "count";

/**
 * The number behind what was seen.
 */
export type CheckValue = { number: number, unit: CheckUnit, };

/**
 * What was found at one destination.
 */
export type Checked = { name: string, there: boolean, 
/**
 * Copies of which every byte was read, and their bytes.
 */
checked: number, bytes: number, 
/**
 * Copies that are not what was written: they are due again.
 */
damaged: Array<ArchiveName>, };

export type ChecklistItem = { list: ChecklistWhen, 
/**
 * In its list, from 1.
 */
number: number, text: string, done: boolean, };

export type ChecklistWhen = "before" | "during" | "after";

export type Checklists = { before: Array<string>, during: Array<string>, after: Array<string>, };

/**
 * One thing that was looked at.
 */
export type Checkup = { name: string, deployment: string | null, state: CheckState, 
/**
 * What was seen.
 */
seen: string, next_step: string | null, 
/**
 * Of a check of the chatbot: what it is known by from one look to the next.
 */
id?: string, about?: CheckAbout, 
/**
 * What it was compared with.
 */
expected?: string, took_ms?: number, 
/**
 * The number behind what was seen.
 */
value?: CheckValue, 
/**
 * Holdfast can put it right, and take that back.
 */
fixable?: boolean, 
/**
 * What does the next step with one press.
 */
act?: MatterAct, };

/**
 * What a file is to the chatbot. The class decides how it is captured, how often, and how much
 * of it may be lost.
 */
export type Class = "database" | "files" | "vectors" | "config" | "application" | "logs" | "re-creatable";

export type ClassTotal = { class: Class, files: number, bytes: number, };

/**
 * What happens when the window is closed.
 */
export type Closing = "hides" | "ends";

/**
 * As the provider shows it. For Azure and Google the secret alone counts: the account's key, or the service account's
 * file.
 */
export type CloudKey = { id: string, secret: string, };

/**
 * What the settings say of a place in the cloud. No secret is among it.
 */
export type CloudSettings = { 
/**
 * `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `az://ACCOUNT/CONTAINER/PREFIX`.
 */
url: string, 
/**
 * Where the service answers, `https://HOST[:PORT]`; absent for the provider's own address.
 */
endpoint?: string | null, 
/**
 * S3 only; `us-east-1` where it is absent.
 */
region?: string | null, 
/**
 * S3 only: the bucket is part of the host's name, not of the path.
 */
virtual_hosted?: boolean, 
/**
 * Takes an `http://` endpoint that is not on this machine. Archives are sealed all the same; the account's key is
 * never sent, but who listens learns the names.
 */
allow_http?: boolean, 
/**
 * A file (PEM) with the certificate of an authority of one's own, beside those that the system trusts.
 */
authority?: string | null, 
/**
 * Whether every byte of a new copy is fetched again and compared before the copy counts. Without it, what the
 * service says it received is believed.
 */
read_back?: boolean, 
/**
 * How much of what lies there is fetched in a day to be compared again; absent for 1 GiB, 0 for nothing. A month of it
 * should be more than lies there.
 */
read_daily_bytes?: number, credentials: CredentialsIn, };

/**
 * A stable word for each thing that can go wrong or needs saying. The words for people live in
 * one table beside the command surface; scripts and the window match on these.
 */
export type Code = "file-changed" | "file-vanished" | "file-unreadable" | "special-file-left-out" | "database-damaged" | "database-was-damaged" | "database-unreadable" | "vector-store-changing" | "vector-store-incomplete" | "root-missing" | "root-empty" | "root-shrunk" | "database-lost" | "config-lost" | "vectors-lost" | "files-lost" | "files-cut-short" | "files-scrambled" | "most-files-changed" | "database-emptied" | "unusual-size" | "source-unreadable" | "left-out-by-pattern" | "secret-not-found" | "server-not-captured" | "live-elsewhere" | "not-looked-into" | "not-an-archive" | "archive-truncated" | "archive-damaged" | "archive-missing" | "parent-missing" | "parent-damaged" | "not-checked" | "newer-format" | "unsigned" | "signed-by-other" | "checksum-mismatch" | "size-out-of-range" | "nothing-to-restore" | "wrong-passphrase" | "wrong-key" | "key-needed" | "mistyped" | "keyring-unavailable" | "signing-key-unavailable" | "key-from-before" | "destination-missing" | "bad-destination" | "cloud-unreachable" | "bucket-missing" | "access-refused" | "destination-full" | "read-only" | "target-not-empty" | "not-exchangeable" | "not-enough-space" | "permission-denied" | "input-output" | "unsafe-path" | "metadata-not-restored" | "owner-unknown" | "files-in-use" | "still-in-use" | "written-aside" | "origin-differs" | "copy-due" | "same-disk" | "place-too-small" | "place-filling" | "tray-missing" | "locked" | "cancelled" | "interrupted" | "nothing-to-undo" | "changed-since-preview" | "unknown-deployment" | "not-protected" | "deployment-exists" | "ambiguous-deployment" | "bad-settings" | "catalog-damaged" | "catalog-incomplete" | "emergency-failed" | "bad-runbook" | "unknown-incident" | "incident-damaged" | "cut-short" | "service-unknown" | "service-not-started" | "still-running" | "bad-request" | "internal";

/**
 * What an archive is compared with while it is looked through.
 */
export type Compare = { "with": "now" } | { "with": "archive", archive: ArchiveName, };

/**
 * What settings lead to.
 */
export type Consequences = { 
/**
 * In one sentence.
 */
sentence: string, 
/**
 * Archives that will be there after a while, and their bytes as far as earlier ones tell; 0 where none do.
 */
archives: number, bytes: number, may_lose: Array<MayLose>, 
/**
 * What goes with the disk of the chatbot beyond that.
 */
disk_loss: DiskLoss | null, 
/**
 * What the next clean-up would take away that is kept by the settings as they are saved.
 */
removes: Removes, };

export type Contact = { 
/**
 * `The person who hosts the machine`.
 */
role: string, name: string, 
/**
 * A number, an address; empty where it is not known.
 */
reach: string, };

/**
 * What is in the roots of a chatbot, and what of it is left out.
 */
export type Contents = { files: number, bytes: number, classes: Array<ClassTotal>, databases: Array<string>, vector_stores: Array<string>, secrets: Array<SecretFound>, left_out: Array<LeftOutTotal>, left_out_bytes: number, };

/**
 * What a copy brought to one place, and what is said of it.
 */
export type CopiedTo = { 
/**
 * It holds all that it should.
 */
complete: boolean, 
/**
 * Without its name.
 */
said: string, name: string, 
/**
 * As in the settings: it stays when the place is called otherwise.
 */
id: string, 
/**
 * `folder`, `drive` or `cloud`.
 */
kind: "folder" | "drive" | "cloud", there: boolean, 
/**
 * In the order in which they came.
 */
copied: Array<ArchiveName>, bytes: number, 
/**
 * Archives that are still due.
 */
due: number, 
/**
 * Of these, the ones for which there was no room.
 */
waits: number, 
/**
 * Archives that it lacks, and whose own place is not there to copy them from.
 */
absent: number, 
/**
 * Why it did not get all that was due, where that is not that it is away.
 */
failed?: Problem, 
/**
 * For a drive: all that was written is on it. That says nothing of what it lacks.
 */
safe_to_unplug: boolean, };

/**
 * What a prune does at one destination that gets copies.
 */
export type CopiesItem = { destination: string, 
/**
 * Newest first.
 */
archives: Array<PruneItem>, removed_count: number, freed_bytes: number, };

export type CopiesRemoved = { destination: string, removed: Array<ArchiveName>, freed_bytes: number, };

export type CopyAnswer = { outcome: Outcome, deployment: string, dry_run: boolean, destinations: Array<CopiedTo>, problems: Array<Note>, };

export type CopyArgs = { deployment: string | null, 
/**
 * Only to the destination of this name.
 */
to: string | null, };

/**
 * What was found of the copies.
 */
export type CopyCheckAnswer = { 
/**
 * `failed` where any copy is not what was written.
 */
outcome: Outcome, deployment: string, destinations: Array<Checked>, problems: Array<Note>, };

export type CopyDue = { name: string, 
/**
 * `folder`, `drive` or `cloud`.
 */
kind: "folder" | "drive" | "cloud", there: boolean, 
/**
 * Why it is not.
 */
away: string | null, 
/**
 * In the order in which they will be copied.
 */
due: Array<ArchiveName>, bytes: number, free_bytes: number | null, 
/**
 * All of it fits, as far as anybody knows.
 */
fits: boolean, 
/**
 * Those for which there is no room, and their bytes. The others are copied all the same.
 */
waits: number, waits_bytes: number, };

export type CopyFailed = { at: string, problem: Problem, };

/**
 * A copy of an archive.
 */
export type CopyPlace = { 
/**
 * The destination, as the person calls it.
 */
destination: string, 
/**
 * When it was last compared with what was written.
 */
verified: string | null, };

/**
 * What is due where.
 */
export type CopyPreview = { outcome: Outcome, deployment: string, dry_run: boolean, destinations: Array<CopyDue>, problems: Array<Note>, };

/**
 * Where the account's key is. It is never in the settings.
 */
export type CredentialsIn = "environment" | "keyring" | { "file": string };

export type DayState = "none" | "some" | "all" | "full" | "missed" | "off";

export type DeleteAnswer = { outcome: Outcome, 
/**
 * In the order in which they went.
 */
removed: Array<ArchiveName>, freed_bytes: number, problems: Array<Note>, };

export type DeleteArgs = { deployment: string | null, archive: string, 
/**
 * Let the last good archive go too.
 */
force: boolean, };

/**
 * What a deletion would take along.
 */
export type DeletePreview = { archive: ArchiveName, freed_bytes: number, 
/**
 * Archives that need it and go with it, oldest first.
 */
needed_by: Array<ArchiveName>, 
/**
 * Why it may not go.
 */
refused: Note | null, problems: Array<Note>, };

export type DeploymentArgs = { 
/**
 * `null`: the only one.
 */
deployment: string | null, };

/**
 * A deployment's name: also the folder of its archives and the start of their names, so it holds
 * only what every file system takes.
 */
export type DeploymentName = string;

export type DeploymentStatus = { deployment: DeploymentName, state: SafetyState, 
/**
 * Why, in one sentence.
 */
reason: string, next_step: string | null, 
/**
 * What the newest backup found missing, damaged or cut short and still is, each with its names, where that is more
 * than one thing: the reason says all of it in short.
 */
losses: Array<string>, 
/**
 * What looked wrong in a backup, and is open, newest first.
 */
alarms: Array<AlarmInfo>, 
/**
 * The newest moment from which a restore brings back everything that matters, as far as the catalog knows.
 */
restorable_as_of: string | null, 
/**
 * Why its state is none that goes on, in words: `given up by an undo`.
 */
restorable_given_up: string | null, 
/**
 * What comes out of a damaged archive, where one would rather have that, with the command for it.
 */
salvage: string | null, 
/**
 * A newer one, from which not all of it comes back whole.
 */
partly_as_of: string | null, 
/**
 * A state that was archived before a restore is one too, where it is whole.
 */
newest: ArchiveInfo | null, 
/**
 * Where they are made; exports are counted apart, each is somewhere else.
 */
archives: number, 
/**
 * Those of them that cannot be restored because of damage.
 */
unusable: number, stored_bytes: number, exports: number, next_due: string | null, schedule: ScheduleStanding, roots: Array<string>, 
/**
 * The folder that archives lie in.
 */
destination: string, destination_there: boolean, free_bytes: number | null, 
/**
 * The destinations that get copies.
 */
copies: Array<Place>, 
/**
 * What goes with the disk of the chatbot, where not all of it lies elsewhere too.
 */
disk_loss: DiskLoss | null, 
/**
 * How far each part is behind what it may lose, in the order of classes.
 */
points: Array<RecoveryPoint>, 
/**
 * How long what lies at the places has not been read.
 */
read: ReadAgain, 
/**
 * States before restores that can still be brought back.
 */
preserved: Array<Preserved>, 
/**
 * When the recovery kit of the present key was typed back; `None`: never.
 */
kit_proven: string | null, 
/**
 * Trusted people who can open new archives too.
 */
people: Array<string>, };

export type DestinationAnswer = { outcome: Outcome, deployment: string, destination: DestinationInfo, problems: Array<Note>, };

export type DestinationInfo = { name: string, 
/**
 * `folder`, `drive` or `cloud`.
 */
kind: "folder" | "drive" | "cloud", 
/**
 * For a cloud its address.
 */
path: string, 
/**
 * `ext4`, `vfat`; empty where nobody knows.
 */
file_system: string, 
/**
 * Archives longer than this are cut into volumes.
 */
volume_bytes: number | null, 
/**
 * Of a place that is to be added: what it will get.
 */
waits?: Waits, 
/**
 * Of a place that is to be added: what is worth knowing before.
 */
notes?: Array<Note>, };

export type DestinationList = { outcome: Outcome, deployment: string, 
/**
 * The first is where archives are made.
 */
destinations: Array<Place>, 
/**
 * What goes with the disk of the chatbot, where not all of it lies elsewhere too.
 */
disk_loss: DiskLoss | null, 
/**
 * What a new, empty place would get.
 */
new_place: Waits, problems: Array<Note>, };

/**
 * For a report: versions, settings and checks, without secrets, names of files and addresses.
 */
export type DiagnosticsAnswer = { text: string, };

export type DiffAnswer = { outcome: Outcome, deployment: string, a: Side, b: Side, 
/**
 * Files and links; folders are listed and not counted.
 */
added: Tally, removed: Tally, 
/**
 * By the bytes that the files have afterwards.
 */
changed: Tally, 
/**
 * In the order of their paths.
 */
changes: Array<DiffChange>, 
/**
 * There are more than are listed.
 */
truncated: boolean, problems: Array<Note>, };

export type DiffArgs = { deployment: string | null, 
/**
 * The older side: the latest archive where none is named.
 */
a: string | null, 
/**
 * The newer side: the present state where none is named.
 */
b: string | null, keys: KeysGiven, };

export type DiffChange = { 
/**
 * `ROOT/...`; bytes that are no text are replaced.
 */
path: string, 
/**
 * `file`, `folder` or `link`, afterwards if it is still there.
 */
kind: "file" | "folder" | "link", what: What, size_before: number | null, size_after: number | null, class: Class, };

/**
 * What goes with the disk that the chatbot is on, because what else there is of it lies there too.
 */
export type DiskLoss = { 
/**
 * The newest moment that another disk, drive or cloud holds whole; `None`: nothing would be left.
 */
kept_as_of: string | null, sentence: string, next_step: string, };

export type DoctorAnswer = { 
/**
 * `failed` where a check fails, `problems` where one warns.
 */
outcome: Outcome, checks: Array<Checkup>, };

export type DriveInfo = { path: string, label: string, file_system: string, total_bytes: number, free_bytes: number, writable: boolean, 
/**
 * The destination that it is, by its marker.
 */
destination: string | null, 
/**
 * Recovery can start from it.
 */
holds_archives: boolean, 
/**
 * It looks like a drive of this person's own, and may be suggested.
 */
likely: boolean, };

/**
 * Drives that are plugged in now, known or not.
 */
export type DriveList = { drives: Array<DriveInfo>, };

export type EntryChange = "same" | "changed" | "gone" | "new";

export type EntryInfo = { 
/**
 * `ROOT/...`; letters that are no UTF-8 are replaced.
 */
path: string, 
/**
 * `file`, `folder`, `link` or `hardlink`.
 */
kind: "file" | "folder" | "link" | "hardlink", class: Class, 
/**
 * Permission bits in octal, such as `0640`.
 */
mode: string, user: string, group: string, size: number, modified: string, 
/**
 * Of a file's content, in hexadecimal.
 */
sha256: string | null, 
/**
 * What a symbolic link points to, or the path that a hard link shares.
 */
link: string | null, 
/**
 * A consistent copy of an SQLite database.
 */
database: boolean, };

/**
 * What an archive is sealed in. What is inside is the same.
 */
export type Envelope = "age" | "openpgp";

/**
 * Why a folder was looked at.
 */
export type Evidence = { by: EvidenceSource, 
/**
 * A sentence's end: "found because …".
 */
because: string, };

/**
 * By what something was found.
 */
export type EvidenceSource = "process" | "compose" | "unit" | "volume" | "place" | "folder";

/**
 * What a pattern leaves out now. A file that several cover counts for the last of them, which decides.
 */
export type ExcludeEffect = { pattern: string, files: number, bytes: number, 
/**
 * At most 5; what is called like a database comes first.
 */
examples: Array<string>, 
/**
 * There are more files than could be looked at in the time: there may be more.
 */
at_least: boolean, };

export type ExportAnswer = { outcome: Outcome, deployment: string, archive: ArchiveName, path: string, from: ArchiveName, 
/**
 * The moment that it holds.
 */
created: string, format: Envelope, files: number, bytes: number, stored_bytes: number, sha256: string, signed: boolean, 
/**
 * What lies beside it.
 */
beside: Array<string>, problems: Array<Note>, };

export type ExportArgs = { deployment: string | null, 
/**
 * A name, a time, `latest`, or the path of an archive's file.
 */
at: string, 
/**
 * The drive or folder.
 */
to: string, envelope: Envelope, 
/**
 * An archive that is longer is cut into volumes; `None`: only where the file system asks for it.
 */
volume_bytes: number | null, 
/**
 * Put the command line beside the archive too.
 */
program: boolean, keys: KeysGiven, };

/**
 * What an export will make.
 */
export type ExportPreview = { deployment: string, archive: ArchiveName, path: string, 
/**
 * The archive whose moment it will hold.
 */
from: ArchiveName, 
/**
 * The archives that it is read from.
 */
reads: Array<ArchiveName>, created: string, format: Envelope, files: number, bytes: number, 
/**
 * About what the archive and all beside it will take.
 */
needed_bytes: number, free_bytes: number, problems: Array<Note>, };

/**
 * Why a command could not do what it was asked, in words for people. Holds no secret.
 */
export type Failure = { code: Code, severity: Severity, subject: string, 
/**
 * The technical cause, in one line.
 */
cause: string, 
/**
 * One sentence: what happened, to which thing.
 */
title: string, next_step: string, };

export type FieldProblem = { 
/**
 * A dotted path, such as `schedule.daily_at` or `roots.0`; empty where it is about all of them together.
 */
field: string, note: Note, };

/**
 * A place that will have no room soon.
 */
export type Filling = { place: string, full_at: string, };

/**
 * What was found, the surest first.
 */
export type FindAnswer = { outcome: Outcome, found: Array<FoundInfo>, looked_in: Array<string>, 
/**
 * False where the time was over before all was seen.
 */
complete: boolean, 
/**
 * Places that were not looked into.
 */
problems: Array<Note>, };

/**
 * What a verification found of an archive, in one word; the worse the later.
 */
export type Finding = "ok" | "not-checked" | "incomplete" | "unreadable" | "missing" | "untrusted" | "damaged";

/**
 * One file, and what becomes of its mode.
 */
export type Fix = { path: string, 
/**
 * Permission bits, as chmod has them: `644`.
 */
before: string, after: string, 
/**
 * Why it is better left to a person; it is not done then.
 */
not_done: string | null, };

export type FixesAnswer = { outcome: Outcome, deployment: string, 
/**
 * What was changed.
 */
changed: Array<Fix>, };

export type FixesPreview = { deployment: string, fixes: Array<Fix>, };

export type ForgetAnswer = { outcome: Outcome, deployment: string, 
/**
 * How many preserved states went.
 */
removed: number, freed_bytes: number, problems: Array<Note>, };

export type ForgetArgs = { deployment: string | null, 
/**
 * The state before this restore alone; `null`: all.
 */
id: string | null, 
/**
 * Also what was written to it after it was set aside, which is nowhere else. A consent of its own.
 */
discard_changes: boolean, };

export type FoundDeployment = { name: string, folder: string, archives: number, 
/**
 * Of the newest archive, as its name says.
 */
newest: string | null, 
/**
 * Whether the passphrase is enough: a sealed recovery key lies beside the archives.
 */
has_key: boolean, };

/**
 * A chatbot that was found, and what protecting it would take.
 */
export type FoundInfo = { 
/**
 * From 1, as `--found` takes it; it may change when something else is found.
 */
number: number, 
/**
 * Stays as long as the data lies where it does.
 */
id: string, name: DeploymentName, preset: string, title: string, confidence: number, data: string, 
/**
 * The folder, then single files outside of it.
 */
roots: Array<string>, evidence: Array<Evidence>, 
/**
 * Processes that have its data in use.
 */
running: Array<string>, protected_by: DeploymentName | null, health_url: string | null, pitfalls: string | null, 
/**
 * Database servers that belong to it.
 */
servers: Array<Server>, 
/**
 * What is in the roots; absent where it could not be looked at.
 */
contents: Contents | null, problems: Array<Note>, 
/**
 * Folders in which its secrets may lie beside the usual ones: setting it up asks for them.
 */
near: Array<string>, };

export type HealthAnswer = { 
/**
 * `problems` where a check warns or fails.
 */
outcome: Outcome, deployment: string, at: string, 
/**
 * The worst of all.
 */
state: CheckState, 
/**
 * In one sentence without its full stop.
 */
headline: string, 
/**
 * It was stopped on purpose.
 */
maintenance: Maintenance | null, 
/**
 * In the order in which people read them.
 */
checks: Array<Checkup>, 
/**
 * What came out otherwise than the last time that it was looked at.
 */
turns: Array<HealthTurn>, };

export type HealthArgs = { deployment: string | null, 
/**
 * Ids or kinds of checks; all where it is empty.
 */
checks: Array<string>, 
/**
 * It is looked at again and again: what reads much only once an hour.
 */
watched: boolean, 
/**
 * To count the rows of archives with; nobody is asked for them.
 */
keys: KeysGiven, };

/**
 * How a chatbot was before and after a restore.
 */
export type HealthCompared = { before: CheckState, after: CheckState, 
/**
 * In one sentence.
 */
said: string, turns: Array<HealthTurn>, 
/**
 * What is not well after it.
 */
bad: Array<HealthFinding>, };

/**
 * What one check found.
 */
export type HealthFinding = { check: CheckId, 
/**
 * As people know it.
 */
name: string, about: CheckAbout, state: CheckState, seen: string, 
/**
 * What it was compared with.
 */
expected: string, 
/**
 * Said where something is to be done.
 */
what_to_do: string | null, took_ms: number, value: CheckValue | null, 
/**
 * Holdfast can put it right by itself, and take that back (`holdfast health --fix`).
 */
fixable: boolean, };

/**
 * One point of a trend.
 */
export type HealthPoint = { at: string, 
/**
 * The worst of what the point stands for.
 */
state: CheckState, 
/**
 * The last.
 */
number: number | null, };

export type HealthTrendAnswer = { check: string, 
/**
 * Oldest first.
 */
points: Array<HealthPoint>, };

export type HealthTrendArgs = { deployment: string | null, 
/**
 * The id of a check.
 */
check: string, 
/**
 * At most 30.
 */
days: number, };

/**
 * A check that came out otherwise than before.
 */
export type HealthTurn = { check: CheckId, name: string, 
/**
 * `None`: it was not looked at before.
 */
before: CheckState | null, 
/**
 * `None`: it is not looked at any more.
 */
after: CheckState | null, 
/**
 * What was seen last.
 */
seen: string, };

export type HistoryAnswer = { deployment: DeploymentName, 
/**
 * 365, oldest first, in the local time zone; the last is today.
 */
days: Array<HistoryDay>, };

export type HistoryDay = { 
/**
 * `2026-11-21`.
 */
date: string, state: DayState, made: number, 
/**
 * By the schedule as it is now.
 */
due: number, };

/**
 * A program that has files of the deployment open.
 */
export type InUse = { name: string, pid: number, 
/**
 * When it was started, where the system tells.
 */
since: string | null, 
/**
 * Its file, without what it was started with.
 */
program: string | null, 
/**
 * It has files open; otherwise it only works in the folder.
 */
opens: boolean, 
/**
 * It may write to one of them.
 */
writes: boolean, 
/**
 * One of those files, one that it may write to where there is any.
 */
file: string | null, 
/**
 * How it is stopped, in a sentence that ends with a colon.
 */
stop: string, 
/**
 * What to type for that.
 */
command: string, };

/**
 * Where an incident stands, with all that a person needs to go on.
 */
export type IncidentAnswer = { 
/**
 * Of what was asked for; a step that failed is `problems`.
 */
outcome: Outcome, id: string, deployment: string, 
/**
 * The runbook's id and title.
 */
runbook: string, title: string, symptom: string | null, phase: IncidentPhase, clock: IncidentClock, closed: IncidentClosing | null, 
/**
 * The step to do now; `None` where all are through.
 */
current: IncidentStep | null, 
/**
 * All of them, in the order of the runbook.
 */
steps: Array<IncidentStep>, done: StepsDone, checklist: Array<ChecklistItem>, contacts: Array<Contact>, to_do: Array<string>, records: Array<IncidentRecord>, };

/**
 * Which incident, and the keys that its actions may need.
 */
export type IncidentArgs = { id: string | null, keys: KeysGiven, };

/**
 * The time that an incident took, against what it should take.
 */
export type IncidentClock = { started: string, 
/**
 * When the chatbot was back: everything before the phase Learn was through. Unset again where it goes back.
 */
recovered: string | null, closed: string | null, 
/**
 * Until it was back, or so far.
 */
elapsed_seconds: number, target_seconds: number, 
/**
 * Beyond the target.
 */
over_seconds: number, phases: Array<PhaseClock>, };

export type IncidentClosing = "resolved" | "abandoned";

/**
 * How a step goes on that was cut short.
 */
export type IncidentDo = "go-on" | "was-done" | "again";

export type IncidentInfo = { deployment: string, runbook: string, title: string, symptom: string | null, started: string, closed: IncidentClosing | null, phase: IncidentPhase, clock: IncidentClock, 
/**
 * The step that it stands at.
 */
at: string | null, };

export type IncidentList = { incidents: Array<Listing>, };

export type IncidentMessage = "first" | "progress" | "resolved";

/**
 * The part of an incident that a step belongs to.
 */
export type IncidentPhase = "detect" | "assess" | "contain" | "recover" | "verify" | "learn";

/**
 * A part of the deployment, and the archive that it comes from.
 */
export type IncidentPick = { 
/**
 * `ROOT/...`.
 */
paths: Array<string>, archive: ArchiveName, at: string, };

/**
 * A line of an incident's journal.
 */
export type IncidentRecord = { 
/**
 * From 1, without a gap.
 */
number: number, at: string, } & ({ "event": "started", deployment: string, deployment_id: string, runbook: string, title: string, symptom: string | null, } | { "event": "begun", step: string, visit: number, } | { "event": "ended", step: string, visit: number, result: StepResult, told: IncidentTold, } | { "event": "reopened", step: string, visit: number, why: string, } | { "event": "done", step: string, visit: number, found: string | null, } | { "event": "answered", step: string, visit: number, answer: string, } | { "event": "skipped", step: string, visit: number, reason: string, } | { "event": "noted", text: string, } | { "event": "ticked", list: ChecklistWhen, item: string, done: boolean, } | { "event": "wrote", message: IncidentMessage, } | { "event": "to-do", text: string, } | { "event": "closed", how: IncidentClosing, note: string | null, });

export type IncidentStartArgs = { deployment: string | null, 
/**
 * The id of a runbook; where none is given, the one that the symptom fits best.
 */
scenario: string | null, 
/**
 * What a person sees, in their own words.
 */
symptom: string | null, };

export type IncidentStep = { id: string, phase: IncidentPhase, 
/**
 * `check`, `action`, `decision`, `manual` or `note`.
 */
kind: string, title: string, text: string, state: StepState, visits: number, result: StepResult | null, 
/**
 * What it told, in one sentence, and the rest.
 */
said: string | null, lines: Array<string>, 
/**
 * The answer, what a person found, or why it was skipped.
 */
words: string | null, 
/**
 * What Holdfast does, in words.
 */
action: string | null, 
/**
 * It changes what is live.
 */
changes: boolean, commands: Array<StepCommand>, 
/**
 * What the person is to write down.
 */
asks: string | null, answers: Array<string>, };

/**
 * What a check or an action told.
 */
export type IncidentTold = { 
/**
 * In one sentence.
 */
said: string, 
/**
 * The rest; nothing secret.
 */
lines: Array<string>, 
/**
 * What other steps take for `{result:...}`: an archive, a path.
 */
value: string | null, 
/**
 * What came back, or is to come back.
 */
picks: Array<IncidentPick>, 
/**
 * The moment that is live since.
 */
restored_to: string | null, 
/**
 * What `undo` knows the restore by.
 */
restore: string | null, };

/**
 * What a job does.
 */
export type JobKind = "backup" | "restore" | "undo" | "forget" | "verify" | "export" | "copy" | "prune" | "recover" | "salvage" | "rebuild" | "look";

/**
 * The public halves of a deployment's keys, and where the rest lies. Nothing in it is secret.
 */
export type KeyAnswer = { outcome: Outcome, deployment: DeploymentName, deployment_id: string, 
/**
 * `age1...`: whose identity opens the archives.
 */
recipients: Array<string>, 
/**
 * Trusted people, whose keys open new archives too.
 */
people: Array<Person>, 
/**
 * The keys before: they open what was made until then.
 */
retired: Array<Retired>, 
/**
 * As `minisign -P` takes it.
 */
signing_public: string, 
/**
 * What it signed until then stands.
 */
retired_signing: Array<Retired>, 
/**
 * When the recovery kit was last made, and when it was typed back.
 */
kit_made: string | null, kit_proven: string | null, 
/**
 * This machine's sealed recovery key, and the copies beside the archives.
 */
recovery_key: string, recovery_key_copies: Array<string>, 
/**
 * Restores on this machine need no passphrase.
 */
identity_in_keyring: boolean, 
/**
 * `keyring`, `file` or `nowhere`.
 */
signing_key_in: "keyring" | "file" | "nowhere", problems: Array<Note>, };

/**
 * The same as it comes from a window, which asks before it calls: `key-needed` is then a failure, and it calls again.
 */
export type KeysGiven = { passphrase: string | null, 
/**
 * The recovery key, as typed.
 */
identity: string | null, 
/**
 * A file with it, which is read here and never by the window.
 */
identity_file?: string | null, accept_unverified: boolean, };

/**
 * Why an archive was made. Retention depends on it.
 */
export type Kind = "scheduled" | "manual" | "emergency" | "export";

/**
 * That the page was made. The page itself is in no answer.
 */
export type KitAnswer = { outcome: Outcome, deployment: DeploymentName, 
/**
 * `None` where the caller took it.
 */
file: string | null, made: string, recipient: string, problems: Array<Note>, };

export type KitArgs = { deployment: string | null, 
/**
 * `null`: the shell shows the page in a window of its own, to be printed; it never comes into this one.
 */
file: string | null, keys: KeysGiven, };

/**
 * Which groups of the printed key to ask for.
 */
export type KitGroups = { 
/**
 * Counted from 1, in order.
 */
groups: Array<number>, 
/**
 * How many there are on the page.
 */
count: number, };

export type LastBackup = { at: string, level: Level, outcome: Outcome, problems: number, };

/**
 * A folder or file that is left out. Files of one folder that are left out for the same reason
 * are one.
 */
export type LeftOutTotal = { path: string, reason: string, 
/**
 * By the person's own pattern: putting its path in would change nothing.
 */
by_pattern: boolean, files: number, bytes: number, };

/**
 * How much of the deployment an archive holds itself. An archive needs at most two others.
 */
export type Level = "full" | "daily" | "hourly";

export type LineSide = "both" | "here" | "other";

/**
 * One in a list.
 */
export type Listing = { id: string, 
/**
 * `None` where its journal cannot be read.
 */
incident: IncidentInfo | null, 
/**
 * Why it cannot.
 */
cause: string | null, };

export type MadeBefore = "restore" | "undo";

export type Maintenance = { since: string, 
/**
 * It ends by itself then; with `None` somebody ends it.
 */
until: string | null, reason: string, };

/**
 * Something that needs the person.
 */
export type Matter = { 
/**
 * Stays the same as long as it is the same matter.
 */
id: string, state: SafetyState, said: Failure, 
/**
 * What was found, and what still works.
 */
text: string, 
/**
 * What it concerns.
 */
about: About, 
/**
 * What puts it right with one press.
 */
act: MatterAct | null, 
/**
 * A second way, for who does not want the first.
 */
also: MatterAct | null, };

export type MatterAct = { act: ActKind, 
/**
 * On the button.
 */
label: string, 
/**
 * Under it: how long, and what it does.
 */
effect: string, 
/**
 * The archive that it opens.
 */
archive: ArchiveName | null, 
/**
 * What is picked in it, `ROOT/...`; or the folder that is opened.
 */
paths: Array<string>, };

/**
 * The most that can be lost of a class while the machine runs.
 */
export type MayLose = { class: Class, seconds: number, };

export type MomentInfo = { archive: ArchiveName, at: string | null, kind: Kind | null, level: Level | null, stored_bytes: number, 
/**
 * Of the whole moment.
 */
files: number | null, bytes: number | null, 
/**
 * The machine that made it.
 */
host: string | null, roots: Array<RootInfo>, needs: Array<ArchiveName>, 
/**
 * Of those that it needs, which are not there.
 */
missing: Array<ArchiveName>, 
/**
 * `good`, `unsigned`, `other`, `bad`, `unchecked`.
 */
signature: "good" | "unsigned" | "other" | "bad" | "unchecked" | null, restorable: boolean, 
/**
 * Every byte of it and of those that it needs was read, and is what was written. Otherwise damage amid the content
 * shows only as it comes back.
 */
compared: boolean, 
/**
 * Of an archive of what was about to be replaced, by what, where that is known.
 */
before: MadeBefore | null, 
/**
 * That its state is none to go back to, in words: `put aside by a restore`.
 */
given_up: string | null, 
/**
 * What it holds badly, or lacks.
 */
captured: CapturedNote | null, 
/**
 * Why not.
 */
problem: Note | null, };

export type MomentsAnswer = { outcome: Outcome, deployment: string, folder: string, 
/**
 * Whether anything here tells by whose key archives should be signed.
 */
signer_known: boolean, 
/**
 * Whether protection can go on here only with a new passphrase: the printed key was given, which does not open the
 * sealed one.
 */
needs_new_passphrase: boolean, 
/**
 * The one to take where nobody says another: the newest from which everything comes back whole, of a state that goes
 * on, as `status` has it, or else the newest that can be had.
 */
offered: ArchiveName | null, 
/**
 * Newest first.
 */
moments: Array<MomentInfo>, };

export type NamedDestination = { deployment: string | null, name: string, };

/**
 * An archive that the restore reads.
 */
export type Needed = { archive: ArchiveName, reachable: boolean, };

export type NextBackup = { at: string, level: Level, };

/**
 * A problem beside a result, in words for people.
 */
export type Note = { code: Code, severity: Severity, subject: string, cause: string, title: string, next_step: string, 
/**
 * What does the next step with one press, where there is such a thing.
 */
act?: MatterAct, };

/**
 * How a run ended. "Done with problems" is an outcome of its own: nothing is skipped in silence.
 */
export type Outcome = "done" | "problems" | "failed" | "cancelled";

/**
 * That something is behind its target, for a notification. Each is given once.
 */
export type OverdueNotice = { deployment: string, 
/**
 * `The databases of bot were backed up 3 h ago.`
 */
title: string, text: string, classes: Array<Class>, };

/**
 * All that an overview says, of one moment, so that its parts never contradict each other.
 */
export type OverviewAnswer = { deployment: DeploymentName, state: SafetyState, 
/**
 * One sentence without commands to type.
 */
reason: string, 
/**
 * The newest moment from which everything that matters comes back.
 */
restorable_as_of: string | null, 
/**
 * Why its state is none that goes on, in words: `given up by an undo`.
 */
restorable_given_up?: string, 
/**
 * A newer one, from which not all of it comes back whole.
 */
partly_as_of: string | null, next: NextBackup | null, 
/**
 * What is due now and what holds it, a pause, and who makes it.
 */
schedule: ScheduleStanding, 
/**
 * In the order of classes; those that the deployment does not have are left away.
 */
points: Array<RecoveryPoint>, 
/**
 * How long what lies at the places has not been read.
 */
read: ReadAgain, places: Array<PlaceStanding>, 
/**
 * What goes with the disk of the chatbot, where not all of it lies elsewhere too.
 */
disk_loss: DiskLoss | null, proven: ProvenRestore | null, 
/**
 * The last restore, where it proves nothing of the whole and is newer than what does.
 */
brought_back: BroughtBack | null, 
/**
 * What needs the person, the worst first.
 */
matters: Array<Matter>, archives: number, stored_bytes: number, 
/**
 * Of the oldest archive that can be restored.
 */
since: string | null, 
/**
 * Of the last backup, however it ended.
 */
last: LastBackup | null, };

export type OwnerKind = "group" | "user";

/**
 * Whether a part runs.
 */
export type PartState = "up" | "down" | "unknown";

export type PassphraseAnswer = { outcome: Outcome, deployment: DeploymentName, 
/**
 * The recovery keys that open with the new passphrase now.
 */
replaced: Array<string>, passphrase_strength: "weak" | "fair" | "good" | "strong", problems: Array<Note>, };

export type PassphraseArgs = { deployment: string | null, old: string, new: string, };

export type PassphraseText = { passphrase: string, };

export type PauseAnswer = { outcome: Outcome, deployments: Array<string>, until: string, };

export type PauseArgs = { 
/**
 * `None`: all of them.
 */
deployment: string | null, pause: PauseFor, };

export type PauseFor = { "span": string } | { "until": string };

/**
 * Who can open new archives besides the deployment's own key.
 */
export type PeopleAnswer = { outcome: Outcome, deployment: DeploymentName, 
/**
 * The deployment's own.
 */
recipient: string, people: Array<Person>, 
/**
 * Who came or went with this command.
 */
changed: Person | null, problems: Array<Note>, };

/**
 * Someone who is trusted with the archives.
 */
export type Person = { name: string, 
/**
 * `age1...`
 */
recipient: string, added: string, };

/**
 * What a run does now. The words for people are in the words table.
 */
export type Phase = "preparing" | "decrypting" | "scanning" | "backing-up" | "exporting" | "reading-back" | "verifying" | "checking-databases" | "restoring" | "checking-restored" | "swapping" | "comparing" | "removing" | "copying" | "waiting-for-drive" | "finishing";

export type PhaseClock = { phase: IncidentPhase, 
/**
 * In all visits together.
 */
seconds: number, target_seconds: number | null, over_seconds: number, };

export type PinAnswer = { outcome: Outcome, deployment: string, archive: ArchiveName, pinned: boolean, };

export type PinArgs = { deployment: string | null, 
/**
 * A name, a time, or `latest`.
 */
archive: string, pinned: boolean, };

/**
 * A place, and what is said of it.
 */
export type Place = { state: PlaceState, said: string, name: string, id: string, 
/**
 * `folder`, `drive` or `cloud`.
 */
kind: "folder" | "drive" | "cloud", 
/**
 * Whether archives are made here; the others get copies.
 */
first: boolean, there: boolean, 
/**
 * Why not.
 */
away: string | null, 
/**
 * The folder that archives lie in: where it is now, or was the last time. For a cloud its address.
 */
path: string, 
/**
 * `ext4`, `vfat`; empty where nobody knows.
 */
file_system: string, free_bytes: number | null, 
/**
 * Archives that it holds, as far as the catalog knows.
 */
archives: number, stored_bytes: number, 
/**
 * Archives that it should get.
 */
due: number, due_bytes: number, 
/**
 * Of these, the ones for which there is no room now; none where nobody can say.
 */
waits: number, waits_bytes: number, 
/**
 * Where something waits for room: what a prune would let go of there now.
 */
prunes_bytes: number, 
/**
 * Where something waits for room that this would make, and a prune makes none.
 */
spare?: Spare, 
/**
 * Archives that cannot be copied to it: they were found damaged, or need one that was or is gone.
 */
unfit: number, 
/**
 * When the newest archive that it holds was made.
 */
newest: string | null, 
/**
 * The newest moment that it alone brings back: of an archive that is there with all that it needs, and in which
 * databases and folders were whole when they were captured.
 */
whole_as_of: string | null, 
/**
 * It lies on a disk of what is protected, as far as that can be seen now: what takes the one takes the other.
 */
same_disk: boolean, 
/**
 * Its copy of the recovery key is one from before, and opens with the passphrase of then: it was away when that was
 * changed.
 */
older_key: boolean, 
/**
 * How the last copy to it failed, while it lacks archives. It stays told while the place is away.
 */
failed?: CopyFailed, };

/**
 * A place for archives, as it is now.
 */
export type PlaceFacts = { path: string, 
/**
 * As people know it: a drive's label.
 */
name: string, kind: PlaceKind, 
/**
 * As the system calls it; empty where it does not say.
 */
file_system: string, total_bytes: number, 
/**
 * What this user may still write.
 */
free_bytes: number, 
/**
 * It is on a disk that something protected lies on too.
 */
same_disk: boolean, };

export type PlaceKind = "folder" | "drive";

/**
 * What was read at a place that is there.
 */
export type PlaceRead = { name: string, id: string, 
/**
 * Archives of which the last byte was read.
 */
archives: number, bytes: number, damaged: Array<ArchiveName>, 
/**
 * Archives that are still due: the share was used up, or the place went.
 */
left: number, };

export type PlaceStanding = { standing: Place, 
/**
 * It is on the disk that Holdfast itself is on.
 */
this_computer: boolean, disk_bytes: number | null, 
/**
 * Copies that were found damaged; of the first place archives that cannot be restored because of damage.
 */
damaged: number, 
/**
 * Of a drive that is away.
 */
last_here: string | null, due_at: string | null, };

/**
 * The worst that is true of a place, whether it is there now or away.
 */
export type PlaceState = "first" | "complete" | "waiting" | "lacking" | "too-small" | "failed";

export type PlanArgs = { plan: string, };

/**
 * A plan stays here; the window holds its number and what it may show.
 */
export type Planned<Preview> = { 
/**
 * Run it once, or drop it.
 */
plan: string, preview: Preview, };

/**
 * A state before a restore that can still be brought back.
 */
export type Preserved = { id: string, archive: ArchiveName, at: string, paths: Array<string>, };

export type PreviewRoot = { name: string, path: string, exists: boolean, };

/**
 * One thing that was not as it should be, beside a result that stands all the same.
 */
export type Problem = { code: Code, 
/**
 * The path, archive or key that it concerns, as the person knows it.
 */
subject: string, 
/**
 * The technical cause, in one line.
 */
cause: string, };

/**
 * A moment of a run. Totals are zero while they are not known.
 */
export type Progress = { phase: Phase, files_done: number, files_total: number, bytes_done: number, bytes_total: number, 
/**
 * Bytes a second over the last seconds; `None` until there is something to measure.
 */
bytes_per_second: number | null, seconds_left: number | null, 
/**
 * The file or archive at hand, as people know it.
 */
current: string | null, };

/**
 * One thing that shows that it is down or up.
 */
export type Proof = { what: string, holds: boolean, seen: string, };

/**
 * What archives of are looked for a place for; of nothing in particular where both are left out.
 */
export type ProposePlaceArgs = { 
/**
 * Folders, or single files; a place on another disk goes before.
 */
roots: Array<string>, 
/**
 * So much has to fit at least.
 */
bytes: number, };

/**
 * What there is on this machine now.
 */
export type Protected = { settings: string, identity_in_keyring: boolean, 
/**
 * `keyring` or `file`.
 */
signing_key_in: "keyring" | "file" | "nowhere", 
/**
 * Archives that are known here now.
 */
archives: number, };

/**
 * Whether protection goes on from here.
 */
export type Protection = { 
/**
 * `will`, `already`, `not-wanted` or `cannot`.
 */
state: "will" | "already" | "not-wanted" | "cannot", 
/**
 * Where archives will be kept.
 */
destination: string | null, 
/**
 * The archive carries the settings; otherwise they are found anew.
 */
settings_carried: boolean, cause: string | null, 
/**
 * That there is less room than one more archive may take, and what to do.
 */
room: string | null, };

/**
 * A restore in place of everything that came to its end: every file was read again and compared, every database checked.
 */
export type ProvenRestore = { at: string, seconds: number, checks_ok: number, checks: number, 
/**
 * Those among them that were found sound.
 */
databases: number, 
/**
 * It was undone since. What it read and compared is proven all the same, but it is taken only where none stands.
 */
undone: boolean, };

export type PruneAnswer = { outcome: Outcome, deployment: string, dry_run: boolean, 
/**
 * In the order in which they went.
 */
removed: Array<ArchiveName>, kept: Array<PruneItem>, freed_bytes: number, 
/**
 * What went at the destinations that get copies.
 */
copies: Array<CopiesRemoved>, finished: Array<ArchiveName>, alarm: string | null, problems: Array<Note>, };

export type PruneItem = { name: ArchiveName, created: string, level: Level, kind: Kind, stored_bytes: number, keep: boolean, 
/**
 * In words; never empty.
 */
reasons: Array<string>, };

/**
 * What a prune will remove, and why the rest stays.
 */
export type PrunePreview = { outcome: Outcome, deployment: string, dry_run: boolean, 
/**
 * Newest first.
 */
archives: Array<PruneItem>, removed_count: number, freed_bytes: number, 
/**
 * The destinations that get copies and are there now.
 */
copies: Array<CopiesItem>, 
/**
 * Archives whose removal an earlier run had begun; it was finished.
 */
finished: Array<ArchiveName>, 
/**
 * Why nothing is removed, whatever the rules say.
 */
alarm: string | null, problems: Array<Note>, };

/**
 * What went after a backup.
 */
export type PrunedAfter = { 
/**
 * Where archives are made, in the order in which they went.
 */
removed: Array<ArchiveName>, freed_bytes: number, copies: Array<CopiesRemoved>, 
/**
 * Why nothing went, whatever the rules say.
 */
frozen: string | null, };

/**
 * How long what lies at the places of a deployment has not been read.
 */
export type ReadAgain = { 
/**
 * Every byte should be read within so many days.
 */
within_days: number, 
/**
 * The first place first.
 */
places: Array<ReadStanding>, 
/**
 * Of the places that are read: since when something there is unread.
 */
unread_since: string | null, 
/**
 * Something is unread for longer than it should be.
 */
overdue: boolean, 
/**
 * All of it in one sentence.
 */
said: string, };

/**
 * How long what lies at a place has not been read.
 */
export type ReadStanding = { id: string, name: string, 
/**
 * Since when the archive there is unread that is so the longest, of those that are not known to be damaged; absent
 * where there is none.
 */
unread_since: string | null, 
/**
 * Archives there that nobody has read for longer than every byte should be unread.
 */
overdue: number, 
/**
 * It is a cloud that is believed: nothing is read there.
 */
believed: boolean, };

export type RebuildAnswer = { outcome: Outcome, deployment: string, 
/**
 * Archives whose record was written anew, oldest first.
 */
recorded: Array<ArchiveName>, 
/**
 * Archives that the catalog knows and that are not where it says.
 */
missing: Array<ArchiveName>, problems: Array<Note>, };

export type RecoverAnswer = { protected: Protected | null, 
/**
 * Where the chatbot says whether it is well.
 */
health_url: string | null, 
/**
 * The chatbot that it is.
 */
preset: string | null, outcome: Outcome, 
/**
 * Of a restore in place, what `undo` knows it by.
 */
id: string | null, archive: ArchiveName, at: string, deployment: string, 
/**
 * What it meant, in one sentence without its full stop.
 */
said: string, files: number, bytes: number, 
/**
 * How long it took, as it is recorded: the time that "last proven restore" says.
 */
seconds: number, roots: Array<RootInfo>, created: Tally, replaced: Tally, deleted: Tally, 
/**
 * Where the state before the restore is preserved until it is let go.
 */
preserved: Array<string>, 
/**
 * The archive of the state before the restore.
 */
emergency: ArchiveName | null, 
/**
 * Programs that still write into the state before, until they are started again.
 */
in_use: Array<InUse>, 
/**
 * Of a restore in place: how the chatbot was before and after it, as far as that could be looked at.
 */
health: HealthCompared | null, problems: Array<Note>, };

/**
 * What was found where the person pointed.
 */
export type RecoverFindAnswer = { deployments: Array<FoundDeployment>, };

export type RecoverFindArgs = { from: string, };

export type RecoverOpenArgs = { 
/**
 * As `recover_find` gave it.
 */
folder: string, 
/**
 * Needed only where the folder holds archives of several.
 */
deployment?: DeploymentName | null, keys: KeysGiven, 
/**
 * The public signing key from the recovery kit.
 */
signed_by: string | null, };

export type RecoverPlanArgs = { 
/**
 * What `recover_open` opened: kept until `drop_plan`.
 */
opened: string, 
/**
 * Where only the printed key is at hand: the recovery key is sealed with it.
 */
new_passphrase?: string | null, 
/**
 * A name, a time, or `latest`; by default the newest good one.
 */
at: string | null, components: Array<Class>, paths: Array<string>, 
/**
 * In the original places where `None`.
 */
into: string | null, 
/**
 * Roots that go elsewhere.
 */
moved: Array<[string, string]>, users: Array<[string, string]>, groups: Array<[string, string]>, 
/**
 * Make an archive of what is in the original places now.
 */
emergency: boolean, 
/**
 * Take it under protection here afterwards.
 */
adopt: boolean, };

export type RecoverPreview = { 
/**
 * Where the archives are.
 */
folder: string, 
/**
 * Something lies in the original places, and would be replaced.
 */
replaces: boolean, protection: Protection, 
/**
 * Owners of files that are not known here, and to whom these can be given: only root can do that, so for anybody
 * else there are none.
 */
owners: Array<StrangeOwner>, archive: ArchiveName, kind: Kind, 
/**
 * The moment that comes back.
 */
at: string, deployment: string, 
/**
 * What it means, in one sentence without its full stop: `Conversations go back to 23:20: webui.db is replaced`.
 */
headline: string, 
/**
 * On the button.
 */
effect: string, 
/**
 * What goes that is newer than the archive, and where it is then.
 */
leaves: string | null, 
/**
 * Of what is deleted: whether it is newer than the archive.
 */
deleted_said: string, 
/**
 * All is here as it is in the archive, as far as sizes and times tell.
 */
nothing: boolean, in_place: boolean, roots: Array<PreviewRoot>, created: Tally, replaced: Tally, deleted: Tally, unchanged: Tally, kept: Tally, bytes_to_write: number, 
/**
 * Of what is kept: what is copied all the same, because programs write to it in place.
 */
bytes_to_copy: number, 
/**
 * What an archive of the present state, made first, reads at most; `None` where none is made, or it cannot be said.
 */
emergency_bytes: number | null, free_bytes: number, needs: Array<Needed>, changes: Array<RestoreChange>, changes_truncated: boolean, 
/**
 * Programs that would go on with the old files: they are to be stopped first.
 */
in_use: Array<InUse>, problems: Array<Note>, };

/**
 * The same archives, with a say in whose are trusted.
 */
export type RecoverTrustArgs = { 
/**
 * What `recover_open` opened. What is opened now takes its place; where that fails, it stays.
 */
opened: string, 
/**
 * The public signing key from the recovery kit.
 */
signed_by: string | null, accept_unverified: boolean, };

export type RecoveryPoint = { class: Class, 
/**
 * The newest moment of it that a restore brings back whole; `None` where there were some and none is.
 */
at: string | null, 
/**
 * Where none is: of when a salvage brings it out whole, as a verification found.
 */
comes_out: string | null, 
/**
 * The schedule's interval, or what its class asks for where backups are made by hand alone.
 */
target_seconds: number, 
/**
 * It is behind its target by more than an archive may be late.
 */
overdue: boolean, 
/**
 * When its target was passed.
 */
overdue_since: string | null, };

export type RemovePersonArgs = { deployment: string | null, 
/**
 * A name or a key.
 */
who: string, };

/**
 * Archives, and their bytes where they were made.
 */
export type Removes = { archives: number, bytes: number, };

export type RenameDestination = { deployment: string | null, name: string, to: string, };

/**
 * An archive that was damaged at a place and is good there again.
 */
export type Repaired = { archive: ArchiveName, 
/**
 * The place's name.
 */
place: string, };

export type ReportAnswer = { id: string, kind: ReportKind, form: ReportForm, 
/**
 * A name for the file.
 */
file: string, text: string, };

export type ReportArgs = { id: string | null, kind: ReportKind, form: ReportForm, };

export type ReportForm = "markdown" | "html";

export type ReportKind = "report" | "review";

export type RestoreAnswer = { outcome: Outcome, 
/**
 * Of a restore in place, what `undo` knows it by.
 */
id: string | null, archive: ArchiveName, at: string, deployment: string, 
/**
 * What it meant, in one sentence without its full stop.
 */
said: string, files: number, bytes: number, 
/**
 * How long it took, as it is recorded: the time that "last proven restore" says.
 */
seconds: number, roots: Array<RootInfo>, created: Tally, replaced: Tally, deleted: Tally, 
/**
 * Where the state before the restore is preserved until it is let go.
 */
preserved: Array<string>, 
/**
 * The archive of the state before the restore.
 */
emergency: ArchiveName | null, 
/**
 * Programs that still write into the state before, until they are started again.
 */
in_use: Array<InUse>, 
/**
 * Of a restore in place: how the chatbot was before and after it, as far as that could be looked at.
 */
health: HealthCompared | null, problems: Array<Note>, };

export type RestoreArgs = { deployment: string | null, 
/**
 * A name, a time, or the path of an archive's file; `latest`: the one to go back to, as `status` has it.
 */
at: string, 
/**
 * These, or all where the list is empty.
 */
components: Array<Class>, 
/**
 * `ROOT/...`, or paths on this machine; each with what is below it. All where the list is empty.
 */
paths: Array<string>, 
/**
 * Left out of them, written likewise. Of all that is in either list, the nearest above a file decides.
 */
except: Array<string>, 
/**
 * In place where `None`.
 */
into: string | null, 
/**
 * Make an archive of the present state first (in place only).
 */
emergency: boolean, keys: KeysGiven, };

export type RestoreChange = { path: string, action: Action, bytes: number, };

/**
 * What a restore will do.
 */
export type RestorePreview = { archive: ArchiveName, kind: Kind, 
/**
 * The moment that comes back.
 */
at: string, deployment: string, 
/**
 * What it means, in one sentence without its full stop: `Conversations go back to 23:20: webui.db is replaced`.
 */
headline: string, 
/**
 * On the button.
 */
effect: string, 
/**
 * What goes that is newer than the archive, and where it is then.
 */
leaves: string | null, 
/**
 * Of what is deleted: whether it is newer than the archive.
 */
deleted_said: string, 
/**
 * All is here as it is in the archive, as far as sizes and times tell.
 */
nothing: boolean, in_place: boolean, roots: Array<PreviewRoot>, created: Tally, replaced: Tally, deleted: Tally, unchanged: Tally, kept: Tally, bytes_to_write: number, 
/**
 * Of what is kept: what is copied all the same, because programs write to it in place.
 */
bytes_to_copy: number, 
/**
 * What an archive of the present state, made first, reads at most; `None` where none is made, or it cannot be said.
 */
emergency_bytes: number | null, free_bytes: number, needs: Array<Needed>, changes: Array<RestoreChange>, changes_truncated: boolean, 
/**
 * Programs that would go on with the old files: they are to be stopped first.
 */
in_use: Array<InUse>, problems: Array<Note>, };

export type ResumeAnswer = { outcome: Outcome, 
/**
 * Those that were paused.
 */
deployments: Array<string>, };

export type RetentionPolicy = { hourly: number, daily: number, weekly: number, monthly: number, manual_days: number, };

/**
 * A public key that was replaced by another.
 */
export type Retired = { key: string, 
/**
 * What is dated later was not made with it.
 */
until: string, };

export type RootInfo = { name: string, path: string, };

/**
 * What is taken in of a root now.
 */
export type RootSize = { path: string, there: boolean, files: number, bytes: number, };

export type RotateAnswer = { outcome: Outcome, deployment: DeploymentName, 
/**
 * The recipient that new archives are sealed to, and the one that it replaced.
 */
recipient: string, replaced_recipient: string, signing_public: string, 
/**
 * Whether the signing key is a new one.
 */
signing_rotated: boolean, 
/**
 * The recovery keys that hold the new key now.
 */
replaced: Array<string>, identity_in_keyring: boolean, signing_key_in: "keyring" | "file" | "nowhere", problems: Array<Note>, };

export type RotationArgs = { deployment: string | null, 
/**
 * A new signing key too.
 */
signing: boolean, };

/**
 * What new keys would change.
 */
export type RotationPreview = { deployment: DeploymentName, 
/**
 * The key that is replaced; it goes on opening what was made with it.
 */
recipient: string, signing: boolean, 
/**
 * Archives that stay as they are.
 */
archives: number, people: Array<Person>, 
/**
 * Destinations that get the new recovery key at once, and those that get it with the next backup.
 */
reached: Array<string>, away: Array<string>, };

/**
 * All of one runbook, as it is in its file: nothing is filled in.
 */
export type RunbookAnswer = { info: RunbookInfo, checklists: Checklists, contacts: Array<Contact>, steps: Array<RunbookStep>, };

/**
 * What is wrong with a file, and where.
 */
export type RunbookFault = { 
/**
 * Counted from 1.
 */
line: number, 
/**
 * `step[3].next`; empty where it is of the file as a whole.
 */
field: string, 
/**
 * What is wrong, and what is allowed.
 */
message: string, };

export type RunbookInfo = { id: string, title: string, about: string, symptoms: Array<string>, target_seconds: number, steps: number, 
/**
 * The operator's own file; `None` for those that come with Holdfast.
 */
file: string | null, };

export type RunbookList = { runbooks: Array<RunbookInfo>, 
/**
 * Files of the operator's that cannot be used, and why.
 */
broken: Array<BrokenRunbook>, 
/**
 * Where the operator's own are looked for.
 */
folder: string, };

export type RunbookStep = { id: string, phase: IncidentPhase, kind: string, title: string, text: string, 
/**
 * Of a manual step.
 */
commands: Array<string>, 
/**
 * What Holdfast does, by its name.
 */
action: string | null, 
/**
 * Of a decision: the answers.
 */
answers: Array<string>, };

/**
 * A job that goes on, or that ended and was not seen yet.
 */
export type RunningJob = { id: string, kind: JobKind, deployment: string | null, started: string, 
/**
 * A person asked for it; otherwise the schedule.
 */
asked_for: boolean, cancelling: boolean, 
/**
 * What it goes through, in order, as far as that is known.
 */
phases: Array<Phase>, progress: Progress | null, 
/**
 * How it ended; `null` while it goes on.
 */
outcome: Outcome | null, };

/**
 * The one word that window, tray and command line show.
 */
export type SafetyState = "protected" | "attention" | "at-risk";

export type SalvageAnswer = { outcome: Outcome, archive: string, into: string, files: number, bytes: number, 
/**
 * The archive's own lists could be used: every file has its hash, and `problems` names all that is missing.
 */
listed: boolean, problems: Array<Note>, };

export type SalvageArgs = { deployment: string | null, archive: string, into: string, keys: KeysGiven, };

/**
 * What came of a sample.
 */
export type SampleResult = "restored" | "no-key" | "damaged";

export type Sampled = { archive: ArchiveName, result: SampleResult, 
/**
 * Files that were restored and compared, with their bytes; databases are among them.
 */
files: number, bytes: number, databases: number, problems: Array<Problem>, };

export type SchedulePolicy = { enabled: boolean, full_every_days: number, daily: boolean, 
/**
 * `02:00`, local.
 */
daily_at: string, 
/**
 * 0: off.
 */
hourly_minutes: number, 
/**
 * Changed configuration is archived soon, and not only in the next window.
 */
on_change: boolean, 
/**
 * On battery, nothing is made below this charge. 0: the battery does not matter.
 */
min_battery_percent: number, };

/**
 * When the next archive comes, why, and who makes it.
 */
export type ScheduleStanding = { 
/**
 * Off: nothing is made by itself.
 */
enabled: boolean, 
/**
 * Due now: its level.
 */
due: Level | null, due_since: string | null, 
/**
 * Of what is due now: since when, why, and what holds it, in one line.
 */
said: string | null, paused_until: string | null, 
/**
 * The program that makes what is due, as it calls itself. `null`: nobody does.
 */
by: string | null, };

export type SearchAnswer = { entries: Array<EntryInfo>, more: boolean, };

export type SearchArgs = { deployment: string | null, archive: string, 
/**
 * A glob, or a part of a path.
 */
pattern: string, 
/**
 * At most 1,000.
 */
limit: number, };

/**
 * A file that holds secrets. Its content is not kept.
 */
export type SecretFound = { path: string, 
/**
 * What the preset says that it is.
 */
what: string | null, 
/**
 * It lies in no root: it is not protected until its folder is added.
 */
outside: boolean, 
/**
 * A pattern of the person leaves it out: it is in no archive.
 */
left_out: boolean, };

/**
 * A database server whose files are no backup.
 */
export type Server = { 
/**
 * `postgres`, `mysql`, `mongodb`, ...
 */
kind: string, service: string, image: string, 
/**
 * The compose file that starts it.
 */
file: string, };

export type ServiceAct = "stop" | "start";

export type ServiceActAnswer = { outcome: Outcome, deployment: string, act: ServiceAct, done: Array<StepDone>, proof: Array<Proof>, };

export type ServiceActArgs = { deployment: string | null, act: ServiceAct, };

export type ServicePreview = { deployment: string, act: ServiceAct, 
/**
 * In the order in which they are done.
 */
steps: Array<ServiceStep>, 
/**
 * What is looked at in the end.
 */
proof: Array<string>, 
/**
 * The settings do not say it: it was worked out from what runs here.
 */
guessed: boolean, };

export type ServiceStatusAnswer = { outcome: Outcome, deployment: string, parts: Array<ServiceStep>, proof: Array<Proof>, maintenance: Maintenance | null, guessed: boolean, };

/**
 * One part, as it will be stopped or started.
 */
export type ServiceStep = { part: string, tier: ServiceTier, 
/**
 * What is run, as it would be typed.
 */
command: string, 
/**
 * What runs of it now, where that can be told.
 */
runs: string, state: PartState, 
/**
 * How long it may take.
 */
seconds: number, 
/**
 * It is killed where it does not end by then.
 */
kill: boolean, 
/**
 * A person has to do it.
 */
by_hand: boolean, };

/**
 * In this order they are started; in the other one stopped.
 */
export type ServiceTier = "database" | "application" | "rest";

/**
 * A state before a restore, and what happened to it since.
 */
export type SetAside = { 
/**
 * Of the restore.
 */
id: string, archive: ArchiveName, at: string, paths: Array<string>, 
/**
 * Letting it go would lose what is nowhere else.
 */
would_lose: boolean, 
/**
 * Files that were written to since, and their whole sizes.
 */
written_files: number, written_bytes: number, 
/**
 * The one that was written to last, and when.
 */
written_path: string | null, written_at: string | null, 
/**
 * Programs that have files there open.
 */
in_use: Array<InUse>, };

export type Settings = { 
/**
 * Says whose settings these are; a name is not changed here.
 */
deployment: string, schedule: SchedulePolicy, retention: RetentionPolicy, 
/**
 * Patterns as in `.gitignore`.
 */
exclude: Array<string>, include_recreatable: Array<string>, health_url: string | null, notes: string, roots: Array<SettingsRoot>, };

/**
 * All that the place for settings shows.
 */
export type SettingsAnswer = { application: AppSettings, settings: Settings, 
/**
 * In the order of `settings.roots`.
 */
roots: Array<RootSize>, 
/**
 * What is in the roots now.
 */
components: Array<ClassTotal>, 
/**
 * Largest first; at most 20.
 */
left_out: Array<LeftOutTotal>, 
/**
 * There are more files than could be counted in the time: of all of it there is at least this.
 */
at_least: boolean, };

export type SettingsArgs = { deployment: string | null, settings: Settings, };

export type SettingsCheck = { problems: Array<FieldProblem>, consequences: Consequences, 
/**
 * What each pattern of `settings.exclude` leaves out now, in their order.
 */
excludes: Array<ExcludeEffect>, 
/**
 * What a restore would be sorely without: their fields are those of the patterns that leave it out.
 */
warnings: Array<FieldProblem>, 
/**
 * The warnings come of what was typed: a person says that it is meant before it is saved.
 */
decide: boolean, };

export type SettingsRoot = { 
/**
 * Its name in archives. Empty for a new one: it is named by its path.
 */
name: string, path: string, data?: string | null, file?: boolean, };

export type SettleAnswer = { outcome: Outcome, deployment: string, 
/**
 * What no backup tells of any more, `ROOT/...`
 */
settled: Array<string>, 
/**
 * What is told again, `ROOT/...`
 */
taken_back: Array<string>, 
/**
 * Open losses that stay so; settled ones where some were taken back.
 */
left: number, };

/**
 * Which losses were meant, or were not after all.
 */
export type SettleArgs = { deployment: string | null, 
/**
 * `ROOT/...`: each file, or a folder with all below it that is lost. All of them where there is none.
 */
paths: Array<string>, 
/**
 * Takes back that they were meant: backups name them again, as long as they are not there.
 */
take_back: boolean, };

/**
 * Losses that were meant, and that are not there again: each can be taken back.
 */
export type SettledAnswer = { outcome: Outcome, deployment: string, 
/**
 * What was said last comes first.
 */
settled: Array<SettledLoss>, };

export type SettledLoss = { 
/**
 * `ROOT/...`
 */
path: string, 
/**
 * When it was said to be meant.
 */
at: string, };

export type SetupAnswer = { outcome: Outcome, deployment: DeploymentName, id: string, roots: Array<RootInfo>, files: number, bytes: number, archives: string, 
/**
 * What has to be done first to come by them from another computer, in a sentence.
 */
archives_step: string, 
/**
 * The sealed key beside the archives: with the passphrase it opens them anywhere.
 */
recovery_key: string, identity_in_keyring: boolean, 
/**
 * `keyring` or `file`.
 */
signing_key_in: "keyring" | "file" | "nowhere", recipients: Array<string>, signing_public: string, 
/**
 * `weak`, `fair`, `good` or `strong`.
 */
passphrase_strength: "weak" | "fair" | "good" | "strong", problems: Array<Note>, };

export type SetupArgs = { 
/**
 * By default the name of the first root's folder.
 */
name: string | null, 
/**
 * Folders, or single files.
 */
roots: Array<string>, 
/**
 * `None`: only a look. Such a plan cannot be set up.
 */
destination: string | null, exclude: Array<string>, 
/**
 * What is left out by default and should be in: patterns, or paths as `left_out` tells them.
 */
include_recreatable: Array<string>, 
/**
 * Which chatbot it is, where that should not be told from what is there.
 */
preset: string | null, 
/**
 * Where its secrets may lie beside the usual places.
 */
near: Array<string>, health_url: string | null, 
/**
 * Database servers that are saved otherwise, or not used.
 */
without_servers?: Array<string>, 
/**
 * Secrets that were not found and are kept elsewhere, or not used.
 */
without_secrets?: Array<string>, };

export type SetupCheck = { 
/**
 * Their fields are `name` and `exclude.0`, `exclude.1` and so on.
 */
problems: Array<FieldProblem>, 
/**
 * What was typed, or the nearest name that can be used and is free; `null` where nothing of it can.
 */
name: DeploymentName | null, 
/**
 * What a restore would be sorely without: their fields are those of the patterns that leave it out.
 */
warnings: Array<FieldProblem>, };

/**
 * What a person types while a chatbot is set up.
 */
export type SetupCheckArgs = { name: string, 
/**
 * Patterns as in `.gitignore`.
 */
exclude: Array<string>, 
/**
 * What the patterns are of; without them, only whether they can be understood is said.
 */
roots?: Array<string>, preset?: string, };

/**
 * What was found, and what would be protected.
 */
export type SetupPreview = { deployment: DeploymentName, roots: Array<RootInfo>, 
/**
 * The chatbot that was recognised.
 */
preset: string | null, pitfalls: string | null, health_url: string | null, 
/**
 * Servers whose data the files do not hold.
 */
servers: Array<string>, 
/**
 * The folder that archives will lie in; absent where no place was named.
 */
archives: string | null, 
/**
 * What has to be done first to come by them from another computer, in a sentence.
 */
archives_step: string | null, place: PlaceFacts | null, 
/**
 * What will be kept after a while, if each full archive is as large as what is there now.
 */
foreseen_bytes: number, problems: Array<Note>, files: number, bytes: number, classes: Array<ClassTotal>, databases: Array<string>, vector_stores: Array<string>, secrets: Array<SecretFound>, left_out: Array<LeftOutTotal>, left_out_bytes: number, };

export type SetupRunArgs = { plan: string, passphrase: string, };

/**
 * A notice is said and changes nothing; a problem turns "done" into "done with problems".
 */
export type Severity = "notice" | "problem";

export type ShowAnswer = { outcome: Outcome, archive: ArchiveName, path: string, deployment: string, created: string, level: Level, kind: Kind, host: string, program: string, needs: Array<ArchiveName>, roots: Array<RootInfo>, files: number, bytes: number, 
/**
 * What was not as it should be when it was made.
 */
made_with: Array<Note>, problems: Array<Note>, };

export type ShowArgs = { deployment: string | null, 
/**
 * A name, a time, `latest`, or the path of an archive's file.
 */
archive: string, };

/**
 * What is compared: an archive, or the present state.
 */
export type Side = { archive: ArchiveName | null, at: string, };

/**
 * What keeps an archive from being restored; the worst, where there are several.
 */
export type Soundness = "sound" | "needs-damaged" | "needs-missing" | "damaged" | "missing";

/**
 * A copy that can be spared: of an archive from which not all comes back whole, that lies where it was made too, and that no
 * other copy there needs.
 */
export type Spare = { archive: ArchiveName, created: string, stored_bytes: number, };

export type StatusAnswer = { 
/**
 * `problems` where any deployment is not protected.
 */
outcome: Outcome, deployments: Array<DeploymentStatus>, problems: Array<Note>, };

/**
 * What to copy into a terminal.
 */
export type StepCommand = { text: string, 
/**
 * What is to be filled in by hand, because nothing is known of it here; it stands in capitals.
 */
missing: Array<string>, };

export type StepDone = { part: string, how: string, seconds: number, };

/**
 * How a step ended.
 */
export type StepResult = "ok" | "warning" | "failing" | "unknown" | "done" | "nothing" | "problems" | "failed" | "skipped";

export type StepState = { "state": "ahead" } | { "state": "open" } | { "state": "begun", at: string, } | { "state": "failed", at: string, } | { "state": "over", at: string, };

export type StepsDone = { done: number, skipped: number, 
/**
 * In the runbook; not all of them need be come to.
 */
of: number, };

export type StorageAnswer = { destination: string, 
/**
 * Of the disk, oldest first. What is not ours on it counts as it is now.
 */
used: Array<Used>, 
/**
 * 0 where nobody knows, as of a cloud.
 */
disk_bytes: number, used_bytes: number, 
/**
 * By which our archives on it grow; negative where they become fewer.
 */
bytes_a_month: number, 
/**
 * When the disk will be full at that rate; `None` where it will not within a hundred years.
 */
full_at: string | null, };

export type StorageArgs = { deployment: string | null, 
/**
 * Absent: where archives are made.
 */
destination: string | null, };

/**
 * An owner whose name this machine does not know.
 */
export type StrangeOwner = { kind: OwnerKind, name: string, entries: number, 
/**
 * Whose these will be, as it was asked or by default: a name that is known here, or a number.
 */
becomes: string, };

/**
 * How good a passphrase would be.
 */
export type StrengthAnswer = { 
/**
 * `weak`, `fair`, `good` or `strong`.
 */
verdict: "weak" | "fair" | "good" | "strong", guesses_log10: number, advice: Array<string>, };

/**
 * Names of files, hard links included, and bytes, each file's once. Folders and symbolic links are not counted.
 */
export type Tally = { files: number, bytes: number, };

/**
 * A file's content, as far as it is text.
 */
export type TextAnswer = { path: string, size: number, modified: string, kind: TextKind, 
/**
 * There is more than is shown.
 */
truncated: boolean, 
/**
 * Values of secrets come covered.
 */
masked: boolean, lines: Array<TextLine>, 
/**
 * Of what it is compared with; `None` where it is not there, too.
 */
other_modified: string | null, };

export type TextArgs = { deployment: string | null, archive: string, 
/**
 * `ROOT/...`
 */
path: string, compare: Compare | null, 
/**
 * At most 1 MiB is read.
 */
limit_bytes: number, keys: KeysGiven, };

export type TextKind = "text" | "binary";

export type TextLine = { text: string, side: LineSide, };

/**
 * What was typed from the page: all of it, or the groups that were asked for.
 */
export type TypedBack = { "whole": string } | { "groups": Array<[number, string]> };

export type UndoAnswer = { outcome: Outcome, deployment: string, id: string, archive: ArchiveName, roots: Array<RootInfo>, 
/**
 * The archive of the state that went.
 */
emergency: ArchiveName | null, problems: Array<Note>, };

/**
 * What an undo will bring back.
 */
export type UndoPreview = { deployment: string, 
/**
 * Of the restore that is undone.
 */
id: string, archive: ArchiveName, at: string, roots: Array<UndoRoot>, 
/**
 * Files of the state before that changed after it was set aside: they come back as they are now.
 */
changed_files: number, 
/**
 * Something was changed in the live folder since the restore: it goes with the undo.
 */
changed_since: boolean, 
/**
 * An archive of the present state is made first, because of that.
 */
archived_first: boolean, 
/**
 * What that archive reads at most; `None` where none is made, or it cannot be said.
 */
emergency_bytes: number | null, 
/**
 * Programs that would go on with what was restored: they are to be stopped first.
 */
in_use: Array<InUse>, problems: Array<Note>, };

export type UndoRoot = { name: string, path: string, 
/**
 * False where there was no folder before the restore: undo takes the restored one away.
 */
existed: boolean, };

/**
 * The shell runs one command with the keys of one deployment.
 */
export type UnlockArgs = { deployment: string | null, keys: KeysGiven, };

export type UpkeepAnswer = { 
/**
 * `failed` where something is damaged now, `problems` where it was and was mended.
 */
outcome: Outcome, deployment: string, 
/**
 * The places at which something was due.
 */
places: Array<PlaceRead>, 
/**
 * Absent where none was due.
 */
sample: Sampled | null, repaired: Array<Repaired>, 
/**
 * How things stand now.
 */
read: ReadAgain, problems: Array<Note>, };

export type UpkeepArgs = { deployment: string | null, keys: KeysGiven, };

export type Used = { at: string, bytes: number, };

export type VerdictNote = { archive: string, path: string, 
/**
 * It and all that it needs are what was written.
 */
ok: boolean, 
/**
 * `ok`, `not-checked`, `incomplete`, `unreadable`, `missing`, `untrusted` or `damaged`.
 */
finding: Finding, 
/**
 * Every byte of it was looked at.
 */
full: boolean, 
/**
 * `good`, `unsigned`, `other`, `bad`, `unchecked`.
 */
signature: string, 
/**
 * Files and bytes whose content was compared (full only).
 */
files: number, bytes: number, problems: Array<Note>, 
/**
 * What was not sound when it was captured, where that is known: an archive that is what was written holds that too.
 */
captured: CapturedNote | null, };

/**
 * The last time that it was compared with what was written.
 */
export type Verified = { at: string, 
/**
 * Byte by byte when it was made, and not again since.
 */
read_back: boolean, 
/**
 * Byte by byte, and not by hash alone.
 */
full: boolean, ok: boolean, };

export type VerifyAnswer = { 
/**
 * `failed` where any archive is not what was written, or not there; `problems` where one could not be compared.
 */
outcome: Outcome, full: boolean, archives: Array<VerdictNote>, problems: Array<Note>, };

export type VerifyArgs = { deployment: string | null, 
/**
 * The latest, where none is named.
 */
archive: string | null, all: boolean, 
/**
 * Every byte, frame, file and database; that needs the key.
 */
full: boolean, keys: KeysGiven, };

/**
 * What a new place would get.
 */
export type Waits = { 
/**
 * Archives that it is to get now, and their bytes.
 */
archives: number, bytes: number, 
/**
 * What it will hold after a while, as far as archives that are there tell; 0 where none do.
 */
foreseen_bytes: number, 
/**
 * `None` where nobody knows, as of a cloud.
 */
free_bytes: number | null, 
/**
 * What will be written, and when.
 */
sentence: string, };

export type What = "added" | "removed" | { "changed": { content: boolean, 
/**
 * Of `kind`, `mode`, `owner`, `time`, `attributes`.
 */
metadata: Array<string>, } };
