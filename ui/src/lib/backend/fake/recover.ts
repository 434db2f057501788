import type { Questions, Tasks } from '../backend';
import type { DoctorAnswer, MomentInfo, RecoverPreview } from '../types';
import { quick, runScript } from './jobs';
import { answerOf, restorePreview } from './restore';
import { archivesOf } from './sample/archives';
import { failure, type World } from './world';

type Part = Pick<Questions, 'recover_find' | 'doctor'> & Pick<Tasks, 'recover_open' | 'plan_recover' | 'recover'>;

function momentsOf(world: World): MomentInfo[] {
  const archives = world.archives.length > 0 ? world.archives : archivesOf('calm', world.clock.read());
  return archives
    .filter((one) => one.copies.some((copy) => copy.destination === 'Harbour Blue') || one.level !== 'full')
    .map((one) => ({
      archive: one.name,
      at: one.created,
      kind: one.kind,
      level: one.level,
      stored_bytes: one.stored_bytes,
      files: one.files,
      bytes: one.bytes,
      host: 'fjord',
      roots: world.settings.roots.map(({ name, path }) => ({ name, path })),
      needs: one.needs,
      missing: [],
      signature: 'good',
      restorable: true,
      problem: null,
    }));
}

function doctor(world: World): DoctorAnswer {
  const deployment = 'chatbot';
  const failing = world.story === 'attention';
  return {
    outcome: failing ? 'problems' : 'done',
    checks: [
      { name: 'home', deployment: null, state: 'ok', seen: '/home/mara/.local/share/holdfast can be written to', next_step: null },
      { name: 'catalog', deployment: null, state: world.story === 'error' ? 'failing' : 'ok', seen: world.story === 'error' ? 'it cannot be read: database disk image is malformed' : 'it holds together', next_step: world.story === 'error' ? 'Build it again from the archives. It takes about 2 min.' : null },
      { name: 'clock', deployment: null, state: 'ok', seen: '2026-11-21 13:48', next_step: null },
      { name: 'folder', deployment, state: 'ok', seen: '/srv/chatbot is there', next_step: null },
      { name: 'keys', deployment, state: 'ok', seen: 'backups can be encrypted and signed', next_step: null },
      { name: 'keyring', deployment, state: 'unknown', seen: 'the keyring is locked', next_step: 'Unlock it by logging in.' },
      { name: 'destination', deployment, state: 'ok', seen: '/home/mara/Backups/Holdfast/chatbot can be written to', next_step: null },
      { name: 'recovery key', deployment, state: 'ok', seen: 'a copy lies beside the archives', next_step: null },
      { name: 'free space', deployment, state: failing ? 'warning' : 'ok', seen: failing ? '5.1 GB free: soon there is no room for a full archive' : '200 GB free', next_step: failing ? 'Make room, or let Holdfast remove what is no longer kept.' : null },
      { name: 'unfinished work', deployment, state: 'ok', seen: 'none', next_step: null },
    ],
  };
} // prettier-ignore

export function recoverPart(world: World): Part {
  return {
    doctor: async () => doctor(world),
    recover_find: async ({ from }) => {
      if (from.includes('STICK')) throw failure('nothing-to-restore', from, 'no folder Holdfast, and no archive', `No archives were found in ${from}.`, 'Choose the drive, its folder Holdfast, or an archive’s file.');
      return { deployments: [{ name: 'chatbot', folder: `${from}/Holdfast/chatbot`, archives: 45, newest: new Date(2026, 10, 15, 2, 0).toISOString(), has_key: true }] };
    },
    recover_open: ({ folder, keys }, onProgress) => {
      const wrong = keys.passphrase === 'wrong' ? failure('wrong-passphrase', 'chatbot', 'the key does not open with it', 'That is not the passphrase of chatbot.', 'Type it again. The recovery key from the kit opens it too.') : undefined;
      return runScript(world, { kind: null, stretches: [{ phase: 'verifying', files: 45, bytes: 0, seconds: 1.5 }], ...(wrong ? { fails: wrong } : {}), finish: () => world.plan({ outcome: 'done' as const, deployment: 'chatbot', folder, signer_known: true, moments: momentsOf(world) }) }, onProgress);
    },
    plan_recover: ({ at, into }, onProgress) =>
      quick(world, 'comparing', () => {
        const fresh = restorePreview(world, at ?? 'latest', into ?? '/');
        const preview: RecoverPreview = { ...fresh, in_place: into === null, roots: [{ name: 'data', path: into ? `${into}/data` : '/srv/chatbot', exists: false }], folder: '/run/media/mara/HARBOUR/Holdfast/chatbot', replaces: false, protection: { state: 'will', destination: '/run/media/mara/HARBOUR/Holdfast/chatbot', settings_carried: true, cause: null } };
        return world.plan(preview);
      }, onProgress),
    recover: ({ plan }, onProgress) => {
      const preview = world.take<RecoverPreview>(plan);
      return runScript(world, { kind: 'recover', stretches: [
        { phase: 'restoring', files: 1594, bytes: 4.2e9, seconds: 120, current: 'webui.db' },
        { phase: 'checking-restored', files: 1594, bytes: 4.2e9, seconds: 40 },
        { phase: 'swapping', files: 1, bytes: 0, seconds: 0.5 },
        { phase: 'finishing', files: 0, bytes: 0, seconds: 1 },
      ], finish: () => {
        world.setUp = true;
        if (world.archives.length === 0) world.archives = archivesOf('calm', world.clock.read());
        world.tell({ event: 'settings-changed', deployment: 'chatbot' });
        return { ...answerOf(world, preview), protected: { settings: '/home/mara/.config/holdfast/chatbot.toml', identity_in_keyring: true, signing_key_in: 'keyring' as const, archives: 45 }, health_url: 'http://127.0.0.1:8080/health', preset: 'open-webui' };
      } }, onProgress);
    },
  };
} // prettier-ignore
