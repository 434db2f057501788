import type { Tasks } from '../backend';
import type { BackupAnswer, Note, VerdictNote } from '../types';
import { runScript, type Stretch } from './jobs';
import { locked } from './lock';
import { nameOf } from './sample/archives';
import { failure, type World } from './world';

const FULL: Stretch[] = [
  { phase: 'scanning', files: 1594, bytes: 0, seconds: 1 },
  { phase: 'backing-up', files: 1594, bytes: 4.2e9, seconds: 172, current: 'uploads' },
  { phase: 'reading-back', files: 1, bytes: 2.9e9, seconds: 16 },
  { phase: 'copying', files: 1, bytes: 2.9e9, seconds: 20, current: 'home-nas' },
  { phase: 'finishing', files: 0, bytes: 0, seconds: 0.6 },
];

const HUGE: Stretch[] = FULL.map((stretch) =>
  stretch.phase === 'backing-up' ? { ...stretch, files: 300_000, bytes: 112e9, seconds: 1900 } : stretch,
);

const CHANGED: Note = {
  code: 'file-changed',
  severity: 'problem',
  subject: 'data/uploads/8c/minutes.docx',
  cause: 'size and time differed before and after it was read, 3 times',
  title: 'data/uploads/8c/minutes.docx changed while it was read.',
  next_step: 'The archive holds it as it was read last. The next backup takes it again.',
};

const AWAY: Note = {
  code: 'copy-due',
  severity: 'notice',
  subject: 'Harbour Blue',
  cause: 'it is not plugged in',
  title: 'Harbour Blue gets this archive when it is plugged in.',
  next_step: 'Nothing now. It is due tomorrow.',
};

function finish(world: World): BackupAnswer {
  const created = world.clock.read();
  const newest = world.archives[0];
  const name = nameOf(created, 'manual');
  const at = created.toISOString();
  const copies = [{ destination: 'home-nas', verified: at }];
  world.archives = [
    {
      ...(newest ?? {
        deployment_id: '5f1c0b7a9e3d4c2b8a6f7e1d0c9b8a75', sha256: '', state: 'present', away: false,
      }),
      name, path: `/home/mara/Backups/Holdfast/chatbot/${name}.hfa`, level: 'full', kind: 'manual', created: at,
      files: 1594, bytes: 4.2e9, stored_bytes: 2.9e9, needs: [], made: 'done', signed: true, pinned: false,
      verified: { at, read_back: true, full: false, ok: true }, captured: null, shares_minute: false, restorable: true, soundness: 'sound', copies,
    } as (typeof world.archives)[number],
    ...world.archives,
  ]; // prettier-ignore
  const problems = world.story === 'attention' ? [CHANGED, AWAY] : [AWAY];
  world.tell({ event: 'archives-changed', deployment: 'chatbot' });
  return {
    outcome: problems.includes(CHANGED) ? 'problems' : 'done',
    deployment: 'chatbot',
    archive: name,
    path: `/home/mara/Backups/Holdfast/chatbot/${name}.hfa`,
    level: 'full',
    kind: 'manual',
    reason: 'you asked for it',
    created: at,
    files: 1594,
    bytes: 4.2e9,
    files_read: 1594,
    bytes_read: 4.2e9,
    stored_bytes: 2.9e9,
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    signed: true,
    left_out: [],
    pruned: null,
    raised: [],
    copies: [{ name: 'home-nas', kind: 'folder', there: true, copied: [name], bytes: 2.9e9, due: 0, waits: 0, absent: 0, safe_to_unplug: false, id: 'nas', complete: true, said: '1 archive copied and read back, 2.9 GB.' }],
    problems,
  };
}

export function beginBackup(world: World, onProgress?: Parameters<Tasks['backup']>[1], begunBefore = 0) {
  const fails =
    world.story === 'error'
      ? failure(
          'destination-full',
          '/home/mara/Backups/Holdfast',
          'write: No space left on device (os error 28)',
          'There is no room left at /home/mara/Backups/Holdfast.',
          'Make room there, or let Holdfast remove archives that are no longer kept. The unfinished archive was taken away; the earlier ones are as they were.',
        )
      : undefined;
  return runScript(
    world,
    {
      kind: 'backup',
      stretches: world.story === 'huge' ? HUGE : FULL,
      begunBefore,
      ...(fails ? { fails } : {}),
      finish: () => finish(world),
    },
    onProgress,
  );
}

export function backupPart(world: World): Pick<Tasks, 'backup' | 'verify' | 'rebuild_catalog'> {
  return {
    backup: (_, onProgress) => beginBackup(world, onProgress),
    verify: ({ archive, all, full, keys }, onProgress) => {
      // A full check opens archives; a quick one needs no key.
      const fails = full ? locked(world, keys) : null;
      return runScript(
        world,
        {
          kind: 'verify',
          stretches: full
            ? [{ phase: 'verifying', files: 78_106, bytes: 38.2e9, seconds: 240, current: 'Sunday’s full archive' }, { phase: 'checking-databases', files: 98, bytes: 20e9, seconds: 60 }]
            : [{ phase: 'verifying', files: world.archives.length, bytes: 38.2e9, seconds: 30, current: 'Sunday’s full archive' }],
          ...(fails ? { fails } : {}),
          finish: () => {
            const chosen = all ? world.archives : world.archives.filter((one) => one.name === (archive ?? world.archives[0]?.name));
            const verdicts = chosen.map((one): VerdictNote => {
              const ok = one.soundness !== 'damaged';
              one.verified = { at: world.clock.read().toISOString(), read_back: false, full, ok };
              const problems = ok ? [] : [{ code: 'archive-damaged' as const, severity: 'problem' as const, subject: one.name, cause: 'frame 118 (bytes 1,204,551,680 to 1,206,648,832) does not have its checksum', title: '2 files in uploads cannot be read from it.', next_step: 'The other 1,592 can.' }];
              return { archive: one.name, path: one.path, ok, finding: ok ? 'ok' : 'damaged', full, signature: 'good', files: 1594, bytes: one.bytes, problems, captured: one.captured };
            }); // prettier-ignore
            world.tell({ event: 'archives-changed', deployment: 'chatbot' });
            return { outcome: verdicts.every((one) => one.ok) ? ('done' as const) : ('failed' as const), full, archives: verdicts, problems: [] };
          },
        },
        onProgress,
      );
    },
    rebuild_catalog: (_, onProgress) =>
      runScript(world, { kind: 'rebuild', stretches: [{ phase: 'scanning', files: 49, bytes: 0, seconds: 20 }], finish: () => ({ outcome: 'done', deployment: 'chatbot', recorded: world.archives.map((one) => one.name), missing: [], problems: [] }) }, onProgress),
  };
}
