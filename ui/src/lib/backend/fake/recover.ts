import type { Questions, Tasks } from '../backend';
import type { MomentInfo, RecoverPreview } from '../types';
import { quick, runScript } from './jobs';
import { answerOf, restorePreview } from './restore';
import { archivesOf } from './sample/archives';
import { failure, type World } from './world';

type Part = Pick<Questions, 'recover_find'> & Pick<Tasks, 'recover_open' | 'plan_recover' | 'recover'>;

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

export function recoverPart(world: World): Part {
  return {
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
