import type { ClassTotal, LeftOutTotal, SecretFound } from '../../types';

/** Open WebUI, 1,594 files, 4.2 GB. */
export const CLASSES: ClassTotal[] = [
  { class: 'database', files: 3, bytes: 434e6 },
  { class: 'files', files: 1284, bytes: 2.6e9 },
  { class: 'vectors', files: 57, bytes: 1.1e9 },
  { class: 'config', files: 6, bytes: 38e3 },
  { class: 'application', files: 212, bytes: 41e6 },
  { class: 'logs', files: 32, bytes: 25e6 },
];

export const LEFT_OUT: LeftOutTotal[] = [
  { path: '/srv/chatbot/cache/embedding/models', reason: 'model weights can be fetched again', by_pattern: false, files: 118, bytes: 9.4e9 },
  { path: '/srv/chatbot/cache/whisper', reason: 'model weights can be fetched again', by_pattern: false, files: 12, bytes: 1.6e9 },
];

export const SECRETS: SecretFound[] = [{ path: '/srv/chatbot/.webui_secret_key', what: 'the key that signs sessions', outside: false, left_out: false }];
