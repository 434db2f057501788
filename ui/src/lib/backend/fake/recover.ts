import type { Questions, Tasks } from '../backend';
import type { MomentInfo, MomentsAnswer, Note, RecoverPreview } from '../types';
import { quick, runScript } from './jobs';
import { answerOf, IN_USE, restorePreview } from './restore';
import { archivesOf } from './sample/archives';
import { failure, type World } from './world';

type Part = Pick<Questions, 'recover_find' | 'pick_file'> & Pick<Tasks, 'recover_open' | 'recover_trust' | 'plan_recover' | 'recover'>;

const MISSING: Note = {
  code: 'parent-missing', severity: 'problem', subject: 'the daily archive of today', cause: 'chatbot_2026-11-21T010000Z_daily is not in this folder',
  title: 'It needs the daily archive of today, which is not on this drive.', next_step: 'Take an older moment, or another drive.',
};
const UNCHECKED: Note = {
  code: 'unsigned', severity: 'problem', subject: 'the archives', cause: 'the signing key is not known',
  title: 'It cannot be checked who wrote it.', next_step: 'Give the signing key from the recovery kit.',
};

/** `trusted`: signatures can be checked, or the person goes on without. */
function momentsOf(world: World, signature: MomentInfo['signature'], trusted: boolean): MomentInfo[] {
  const archives = world.archives.length > 0 ? world.archives : archivesOf('calm', world.clock.read());
  return archives
    .filter((one) => one.copies.some((copy) => copy.destination === 'Harbour Blue') || one.level !== 'full')
    .map((one, index) => {
      const missing = world.story === 'attention' && index < 2;
      return {
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
        missing: missing ? one.needs.slice(0, 1) : [],
        signature,
        restorable: trusted && !missing,
        compared: trusted && !missing,
        before: one.before,
        given_up: null,
        captured: one.captured,
        problem: missing ? MISSING : trusted ? null : UNCHECKED,
      };
    });
}

export function recoverPart(world: World): Part {
  const folder = '/run/media/mara/HARBOUR/Holdfast/chatbot';
  const opened = (byIdentity: boolean, trusted: boolean, signature: MomentInfo['signature']): MomentsAnswer => {
    const moments = momentsOf(world, signature, trusted);
    const there = moments.filter(({ restorable }) => restorable);
    const offered = (there.find(({ captured }) => !captured?.matters) ?? there[0])?.archive ?? null;
    return { outcome: 'done', deployment: 'chatbot', folder, signer_known: trusted && signature === 'good', needs_new_passphrase: byIdentity, offered, moments };
  };
  return {
    pick_file: async () => '/run/media/mara/STICK/recovery-key.txt',
    recover_find: async ({ from }) => {
      if (from.includes('STICK') || from.endsWith('Backups')) throw failure('nothing-to-restore', from, 'no folder Holdfast, and no archive', `No archives were found in ${from}.`, 'Choose the drive, its folder Holdfast, or an archive’s file.');
      const one = (name: string, archives: number) => ({ name, folder: `${from}/Holdfast/${name}`, archives, newest: new Date(2026, 10, 15, 2, 0).toISOString(), has_key: true });
      return { deployments: world.story === 'huge' ? [one('chatbot', 349), one('tavern', 12)] : [one('chatbot', 45)] };
    },
    recover_open: ({ keys }, onProgress) => {
      const byIdentity = keys.passphrase === null;
      const wrong = keys.passphrase === 'wrong'
        ? failure('wrong-passphrase', 'chatbot', 'the key does not open with it', 'That is not the passphrase of chatbot.', 'Type it again; mind capital letters and the keyboard’s language.')
        : keys.identity?.includes('XX')
          ? failure('mistyped', 'the recovery key', 'group 3 is mistyped', 'Group 3 is not as it is printed.', 'Look at the page again: letters that look alike are told apart there.')
          : undefined;
      return runScript(world, { kind: null, stretches: [{ phase: 'verifying', files: 45, bytes: 0, seconds: 1.5 }], ...(wrong ? { fails: wrong } : {}), finish: () => world.plan(opened(byIdentity, !byIdentity || keys.accept_unverified, byIdentity ? 'unchecked' : 'good')) }, onProgress);
    },
    recover_trust: ({ opened: plan, signed_by }, onProgress) => {
      const wrong = signed_by !== null && !signed_by.startsWith('RWQ') ? failure('bad-request', 'the signing key', 'it does not begin with RWQ', 'That is no signing key.', 'It is the line that begins with RWQ on the recovery kit.') : undefined;
      return runScript(world, { kind: null, stretches: [{ phase: 'verifying', files: 45, bytes: 0, seconds: 0.6 }], ...(wrong ? { fails: wrong } : {}), finish: () => {
        world.take(plan);
        return world.plan(opened(true, true, signed_by === null ? 'unchecked' : 'good'));
      } }, onProgress);
    },
    plan_recover: ({ at, into, moved, adopt, users }, onProgress) =>
      quick(world, 'comparing', () => {
        const original = into === null;
        const replaces = original && world.story !== 'empty' && world.story !== 'bare';
        const moment = momentsOf(world, 'good', true).find((one) => one.archive === at);
        const looked = { ...restorePreview(world, at ?? 'latest', replaces ? null : (into ?? '/')), archive: moment?.archive ?? '', at: moment?.at ?? '', problems: replaces ? [IN_USE] : [] };
        const place = (name: string, path: string) => ({ name, path: into ? `${into}/${name}` : (moved.find(([root]) => root === name)?.[1] ?? path), exists: replaces });
        const preview: RecoverPreview = {
          ...looked, in_place: original, roots: world.settings.roots.map((root) => place(root.name, root.path)), folder, replaces,
          protection: adopt ? { state: replaces ? 'already' : 'will', destination: folder, settings_carried: true, cause: null, room: null } : { state: 'not-wanted', destination: null, settings_carried: false, cause: null, room: null },
          owners: [{ kind: 'user', name: 'openwebui', entries: 1402, becomes: users[0]?.[1] ?? 'mara' }],
        };
        return world.plan(preview);
      }, onProgress),
    recover: ({ plan }, onProgress) => {
      const preview = world.take<RecoverPreview>(plan);
      const fails = world.story === 'error' ? failure('archive-damaged', preview.archive, 'frame 2217 of 4812: authentication failed', 'The archive is damaged.', 'Nothing was changed here. Take another moment, or another copy of the drive.') : undefined;
      return runScript(world, { kind: 'recover', ...(fails ? { fails } : {}), stretches: [
        { phase: 'restoring', files: 1594, bytes: 4.2e9, seconds: 120, current: 'webui.db' },
        { phase: 'checking-restored', files: 1594, bytes: 4.2e9, seconds: 40 },
        { phase: 'swapping', files: 1, bytes: 0, seconds: 0.5 },
        { phase: 'finishing', files: 0, bytes: 0, seconds: 1 },
      ], finish: () => {
        const protects = preview.protection.state === 'will' || preview.protection.state === 'already';
        if (protects) world.setUp = true;
        if (protects && world.archives.length === 0) world.archives = archivesOf('calm', world.clock.read());
        world.tell({ event: 'settings-changed', deployment: 'chatbot' });
        return { ...answerOf(world, preview), ...(preview.replaces ? {} : { preserved: [], emergency: null }), protected: protects ? { settings: '/home/mara/.config/holdfast/chatbot.toml', identity_in_keyring: world.story !== 'bare', signing_key_in: 'keyring' as const, archives: 45 } : null, health_url: 'http://127.0.0.1:8080/health', preset: 'open-webui' };
      } }, onProgress);
    },
  };
} // prettier-ignore
