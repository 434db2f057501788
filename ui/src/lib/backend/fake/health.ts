import type { Questions } from '../backend';
import type { Checkup, DoctorAnswer } from '../types';
import type { World } from './world';

type Part = Pick<Questions, 'doctor' | 'diagnostics'>;

function ok(name: string, seen: string, deployment: string | null = 'chatbot'): Checkup {
  return { name, deployment, state: 'ok', seen, next_step: null };
}

const ARCHIVES = '/home/mara/Backups/Holdfast/chatbot';

function keyring(world: World): Checkup {
  const unlock = 'Unlock it by logging in to the desktop. Backups run all the same.';
  if (world.story === 'working') return { ...ok('keyring', 'the keyring is locked'), state: 'unknown', next_step: unlock };
  return ok('keyring', world.keyring ? 'it holds the key: restores need no passphrase' : 'not used: restores need the passphrase');
}

function archives(world: World): Checkup {
  const all = world.archives.length;
  const bad = world.archives.filter((one) => one.soundness !== 'sound').length;
  if (all === 0) return { ...ok('archives', 'there is none yet'), state: 'unknown', next_step: 'Make the first one.' };
  if (bad > 0) {
    const next_step = 'Repair them from a good copy; where there is none, bring out what is undamaged.';
    return { ...ok('archives', `of ${all}, ${bad} damaged or needing a damaged one`), state: 'warning', next_step };
  }
  return ok('archives', `${all} archives, each compared with what was written; ${all} again since it was made`);
}

function doctor(world: World): DoctorAnswer {
  const checks: Checkup[] = [
    ok('home', '/home/mara/.local/share/holdfast can be written to', null),
    ok('catalog', 'it holds together', null),
    ok('clock', '2026-11-21 13:48', null),
    ok('folder', '/srv/chatbot is there'),
    ok('folder', '/etc/open-webui.env is there'),
    world.archives.length > 0 ? ok('chatbot', 'nothing amiss was seen at the backup of 13:45') : { ...ok('chatbot', 'no backup has looked at it yet'), state: 'unknown', next_step: 'A backup looks at it: make the first one.' },
    archives(world),
    ok('keys', 'backups can be encrypted and signed'),
    keyring(world),
    ok('destination', `${ARCHIVES} can be written to`),
    ok('recovery key', 'a copy lies beside the archives'),
    ok('free space', 'This computer: 200 GB free'),
    ok('destination', '/mnt/nas/holdfast/chatbot can be written to'),
    ok('destination', 'the drive “Harbour Blue” is away'),
    ok('unfinished work', 'none'),
  ];
  const change = (name: string, to: Partial<Checkup>): void => void Object.assign(checks.find((check) => check.name === name)!, to);
  if (world.story === 'error') {
    change('catalog', { state: 'failing', seen: 'it cannot be read: database disk image is malformed', next_step: 'Build it again from the archives. It takes about 2 min.' });
    change('free space', { state: 'warning', seen: 'This computer: 5.1 GB free; soon there is no room for a full archive', next_step: 'Make room there: see which archives may go, or make them at a larger place.' });
  }
  if (world.story === 'risk') {
    change('destination', { state: 'failing', seen: `${ARCHIVES}: No such file or directory`, next_step: 'Plug the drive in, or bring the folder back. The chatbot is not touched by it.' });
    change('recovery key', { state: 'unknown', seen: 'where archives are made is not there' });
    change('free space', { state: 'unknown', seen: 'where archives are made is not there' });
  }
  const failing = checks.some((check) => check.state === 'failing');
  const warning = checks.some((check) => check.state === 'warning');
  return { outcome: failing ? 'failed' : warning ? 'problems' : 'done', checks };
}

export function healthPart(world: World): Part {
  return {
    doctor: async () => doctor(world),
    diagnostics: async () => ({
      text: ['Holdfast 1.0.0, Linux 6.12 x86_64', 'deployment 5f1c0b7a: 2 roots, 1,594 files, 4.2 GB, 49 archives', 'keyring: Secret Service; tray: StatusNotifier', ...doctor(world).checks.map((check) => `${check.name}: ${check.state}`)].join('\n'),
    }),
  };
} // prettier-ignore
