import type { Questions, Tasks } from '../backend';
import type { FieldProblem, FoundInfo, Note, PlaceFacts, SetupPreview, Strength } from '../types';
import { quick } from './jobs';
import { CLASSES, LEFT_OUT, SECRETS } from './sample/classes';
import { missed } from './missed';
import { failure, type World } from './world';

type Asked = Pick<
  Questions,
  'propose_place' | 'check_setup' | 'passphrase_strength' | 'setup'
>;
type Run = Pick<Tasks, 'find' | 'plan_setup'>;

const contents = {
  files: 1594,
  bytes: 4.2e9,
  classes: CLASSES,
  databases: ['/srv/chatbot/webui.db', '/srv/chatbot/vector_db/chroma.sqlite3'],
  vector_stores: ['/srv/chatbot/vector_db'],
  secrets: SECRETS,
  left_out: LEFT_OUT,
  left_out_bytes: 11e9,
};

const FOUND: FoundInfo = {
  number: 1,
  id: 'open-webui-srv-chatbot',
  name: 'chatbot',
  preset: 'open-webui',
  title: 'Open WebUI',
  confidence: 97,
  data: '/srv/chatbot',
  roots: ['/srv/chatbot', '/etc/open-webui.env'],
  evidence: [
    { by: 'process', because: 'open-webui (2214) has /srv/chatbot/webui.db open' },
    { by: 'compose', because: '/srv/compose/open-webui.yml mounts it' },
  ],
  running: ['open-webui (2214)'],
  protected_by: null,
  health_url: 'http://127.0.0.1:8080/health',
  pitfalls: 'Without .webui_secret_key everybody has to log in again, and stored keys of other services cannot be read.',
  servers: [],
  contents,
  problems: [],
  near: ['/srv/compose'],
};

export function strengthOf(passphrase: string): { verdict: Strength; guesses_log10: number; advice: string[] } {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(passphrase)).length;
  const guesses_log10 = Math.min(30, passphrase.length * (0.5 + 0.15 * kinds));
  const verdict = guesses_log10 < 8 ? 'weak' : guesses_log10 < 11 ? 'fair' : guesses_log10 < 14 ? 'good' : 'strong';
  return { verdict, guesses_log10, advice: verdict === 'weak' ? ['Take four words that have nothing to do with each other.'] : [] };
}

const UNREAD: Note = {
  code: 'permission-denied', severity: 'problem', subject: '/var/lib/docker/volumes', cause: 'open: Permission denied (os error 13)',
  title: 'The folder /var/lib/docker/volumes may not be read.', next_step: 'A chatbot that lies in it is not found. Add its folder by hand.',
}; // prettier-ignore

const NO_KEYRING: Note = {
  code: 'keyring-unavailable', severity: 'notice', subject: 'the keyring', cause: 'no secret service answers on the session bus',
  title: 'There is no keyring on this computer.', next_step: 'Backups need none. Restores ask for the passphrase.',
}; // prettier-ignore

const MISSING: Note = {
  code: 'secret-not-found', severity: 'notice', subject: 'WEBUI_SECRET_KEY', cause: 'Open WebUI seals sessions and stored credentials with WEBUI_SECRET_KEY.',
  title: 'The secret WEBUI_SECRET_KEY is not in what is protected.', next_step: 'The data is protected all the same. But after a restore without the secret, what was sealed with it cannot be read: if it lies in a file, protect that too.',
}; // prettier-ignore

/** The second chatbot of `huge` keeps its key elsewhere. */
const missingOf = (world: World): Note[] => (world.story === 'huge' ? [MISSING] : []);

function foundIn(world: World): FoundInfo[] {
  if (world.story === 'bare') return [];
  const second: FoundInfo = { ...FOUND, number: 2, id: 'sillytavern-home', name: 'tavern', preset: 'sillytavern', title: 'SillyTavern', data: '/home/mara/SillyTavern', roots: ['/home/mara/SillyTavern/data'], running: [], evidence: [{ by: 'place', because: 'it lies where SillyTavern is usually put' }], health_url: null, pitfalls: null };
  return world.story === 'huge' ? [FOUND, second] : [FOUND];
} // prettier-ignore

function placeAt(path: string): PlaceFacts {
  if (path.includes('HARBOUR')) return { path, name: 'Harbour Blue', kind: 'drive', file_system: 'exfat', total_bytes: 1e12, free_bytes: 918e9, same_disk: false };
  if (path.includes('STICK')) return { path, name: 'STICK', kind: 'drive', file_system: 'vfat', total_bytes: 64e9, free_bytes: 61e9, same_disk: false };
  return { path, name: 'This computer', kind: 'folder', file_system: 'ext4', total_bytes: 512e9, free_bytes: 200e9, same_disk: true };
} // prettier-ignore

export function setupPart(world: World): Asked & Run {
  return {
    find: (_, onProgress) =>
      quick(
        world,
        'scanning',
        () => ({ outcome: 'done' as const, found: foundIn(world), looked_in: ['/home/mara', '/srv', '/opt', '/var/lib'], complete: world.story !== 'bare', problems: world.story === 'bare' ? [UNREAD] : [] }),
        onProgress,
      ),
    plan_setup: (args, onProgress) =>
      quick(
        world,
        'scanning',
        () => {
          const here = args.destination === null ? null : placeAt(args.destination);
          const put = contents.left_out.filter((left) => args.include_recreatable.includes(left.path));
          const more = put.reduce((sum, left) => sum + left.bytes, 0);
          const preview: SetupPreview = {
            deployment: args.name ?? 'chatbot',
            roots: args.roots.map((path, index) => ({ name: index === 0 ? 'data' : 'env', path })),
            preset: args.preset,
            pitfalls: args.preset === null ? null : FOUND.pitfalls,
            health_url: args.health_url,
            servers: [],
            ...contents,
            bytes: contents.bytes + more,
            files: contents.files + put.reduce((sum, left) => sum + left.files, 0),
            classes: more > 0 ? [...contents.classes, { class: 're-creatable', files: 118, bytes: more }] : contents.classes,
            left_out: contents.left_out.filter((left) => !put.includes(left)),
            left_out_bytes: contents.left_out_bytes - more,
            archives: here && `${here.path}/Holdfast/${args.name ?? 'chatbot'}`,
            archives_step: here && (here.kind === 'drive' ? `Plug in the drive “${here.name}”.` : 'Bring that folder from the computer harbour: it is on that computer’s own disk.'),
            place: here,
            foreseen_bytes: 6 * (contents.bytes + more),
            problems: args.preset === null || args.without_secrets?.includes('WEBUI_SECRET_KEY') ? [] : missingOf(world),
          };
          return world.plan(preview);
        },
        onProgress,
      ),
    propose_place: async () => placeAt('/home/mara/Backups'),
    check_setup: async ({ name, exclude, roots }) => {
      const problems: FieldProblem[] = [];
      const warnings: FieldProblem[] = [];
      const near = name.trim().toLowerCase().replace(/[^a-z0-9.]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
      const wrong = (field: string, subject: string, title: string, next_step: string) =>
        problems.push({ field, note: { code: 'bad-settings', severity: 'problem', subject, cause: title, title, next_step } });
      if (name.trim() !== near || near === '') wrong('name', name, 'It cannot be called that: it is the name of a folder too.', 'Small letters, digits, - and . are taken; the first is a letter or a digit.');
      exclude.forEach((pattern, index) => {
        if (pattern.split('[').length !== pattern.split(']').length) wrong(`exclude.${index}`, pattern, `“${pattern}” is no pattern: a [ is not closed.`, 'Write it as in a .gitignore: tmp/, *.bak, models/old.gguf');
        else if (roots?.length && pattern === '*') wrong(`exclude.${index}`, pattern, 'Nothing would be protected.', 'Take it away, or name less with it.');
        else if (roots?.length && pattern === '*.db') warnings.push(missed(index, pattern, 'webui.db, the conversations,'));
      });
      return { problems, name: near || null, warnings };
    },
    passphrase_strength: async ({ passphrase }) => strengthOf(passphrase),
    setup: async ({ plan, passphrase }) => {
      const { verdict } = strengthOf(passphrase);
      if (passphrase.length < 8) {
        throw failure('bad-request', 'the passphrase', 'shorter than 8 letters', 'The passphrase is too short.', 'Take at least 8 letters; four words are better.');
      }
      const preview = world.take<SetupPreview>(plan);
      world.setUp = true;
      world.tell({ event: 'settings-changed', deployment: preview.deployment });
      return { outcome: 'done', deployment: preview.deployment, id: '5f1c0b7a', roots: preview.roots, files: preview.files, bytes: preview.bytes, archives: preview.archives ?? '', archives_step: preview.archives_step ?? '', recovery_key: `${preview.archives}/recovery-key.age`, identity_in_keyring: world.story !== 'bare', signing_key_in: world.story === 'bare' ? 'file' : 'keyring', recipients: ['age1q9z'], signing_public: 'RWQ', passphrase_strength: verdict, problems: world.story === 'bare' ? [NO_KEYRING] : [] };
    },
  };
} // prettier-ignore
