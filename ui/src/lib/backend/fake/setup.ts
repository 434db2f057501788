import type { Questions, Tasks } from '../backend';
import type { FoundInfo, SetupPreview, Strength } from '../types';
import { quick } from './jobs';
import { CLASSES, LEFT_OUT, SECRETS } from './sample/classes';
import { failure, type World } from './world';

type Asked = Pick<
  Questions,
  'passphrase_strength' | 'setup'
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
};

export function strengthOf(passphrase: string): { verdict: Strength; guesses_log10: number; advice: string[] } {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(passphrase)).length;
  const guesses_log10 = Math.min(30, passphrase.length * (0.5 + 0.15 * kinds));
  const verdict = guesses_log10 < 8 ? 'weak' : guesses_log10 < 11 ? 'fair' : guesses_log10 < 14 ? 'good' : 'strong';
  return { verdict, guesses_log10, advice: verdict === 'weak' ? ['Take four words that have nothing to do with each other.'] : [] };
}

export function setupPart(world: World): Asked & Run {
  return {
    find: (_, onProgress) =>
      quick(
        world,
        'scanning',
        () => ({ outcome: 'done' as const, found: [FOUND], looked_in: ['/home/mara', '/srv', '/opt', '/var/lib'], complete: true, problems: [] }),
        onProgress,
      ),
    plan_setup: (args, onProgress) =>
      quick(
        world,
        'scanning',
        () => {
          const preview: SetupPreview = {
            deployment: args.name ?? 'chatbot',
            roots: args.roots.map((path, index) => ({ name: index === 0 ? 'data' : 'env', path })),
            preset: args.preset ?? 'open-webui',
            pitfalls: FOUND.pitfalls,
            health_url: args.health_url,
            servers: [],
            ...contents,
            archives: `${args.destination}/Holdfast/chatbot`,
            problems: [],
          };
          return world.plan(preview);
        },
        onProgress,
      ),
    passphrase_strength: async ({ passphrase }) => strengthOf(passphrase),
    setup: async ({ plan, passphrase }) => {
      const { verdict } = strengthOf(passphrase);
      if (passphrase.length < 8) {
        throw failure('bad-request', 'the passphrase', 'shorter than 8 letters', 'The passphrase is too short.', 'Take at least 8 letters; four words are better.');
      }
      const preview = world.take<SetupPreview>(plan);
      world.setUp = true;
      world.tell({ event: 'settings-changed', deployment: preview.deployment });
      return { outcome: 'done', deployment: preview.deployment, id: '5f1c0b7a', roots: preview.roots, files: preview.files, bytes: preview.bytes, archives: preview.archives, recovery_key: `${preview.archives}/recovery-key.age`, identity_in_keyring: true, signing_key_in: 'keyring', recipients: ['age1q9z'], signing_public: 'RWQ', passphrase_strength: verdict, problems: [] };
    },
  };
} // prettier-ignore
