import type { LeftOutTotal, Note, Settings } from '../../types';
import type { Story } from '../story';
import { LEFT_OUT } from './classes';

export function settingsOf(): Settings {
  return {
    deployment: 'chatbot',
    schedule: { enabled: true, full_every_days: 7, daily: true, daily_at: '02:00', hourly_minutes: 15, on_change: true, min_battery_percent: 0 },
    retention: { hourly: 24, daily: 7, weekly: 4, monthly: 12, manual_days: 90 },
    exclude: ['*.tmp'],
    include_recreatable: [],
    health_url: 'http://127.0.0.1:8080/health',
    notes: '',
    roots: [
      { name: 'data', path: '/srv/chatbot' },
      { name: 'env', path: '/etc/open-webui.env', file: true },
    ],
  };
}

export const WITHOUT: Note[] = [
  {
    code: 'keyring-unavailable',
    severity: 'notice',
    subject: 'the keyring',
    cause: 'org.freedesktop.secrets: no such service',
    title: 'This computer has no keyring.',
    next_step: 'Backups run all the same. Restores and full checks ask for the passphrase.',
  },
  {
    code: 'tray-missing',
    severity: 'notice',
    subject: 'the tray',
    cause: 'org.kde.StatusNotifierWatcher: no such service',
    title: 'This desktop has no place for the tray icon.',
    next_step: 'Backups run all the same, also with the window closed. Open Holdfast to see how they went.',
  },
];

/** In the huge story every conversation has its cache. */
export function leftOutOf(story: Story): LeftOutTotal[] {
  if (story !== 'huge') return LEFT_OUT;
  const many = Array.from({ length: 240 }, (_, index) => ({
    path: `/srv/chatbot/agents/agent-${String(index + 1).padStart(3, '0')}/.cache`,
    reason: 'a cache, by its mark',
    by_pattern: false,
    files: 40 + (index % 7),
    bytes: 30e6 - index * 1e5,
  }));
  return [...LEFT_OUT, ...many];
}

/** What a pattern would leave out of the sample. */
export const LEAVES: Record<string, { files: number; bytes: number; examples: string[] }> = {
  '*.tmp': { files: 4, bytes: 1.2e6, examples: ['/srv/chatbot/uploads/3f.tmp'] },
  '*.log': { files: 32, bytes: 25e6, examples: ['/srv/chatbot/logs/open-webui-1.log', '/srv/chatbot/logs/open-webui-2.log'] },
  '*.db': { files: 1, bytes: 412e6, examples: ['/srv/chatbot/webui.db'] },
  uploads: { files: 1284, bytes: 2.6e9, examples: ['/srv/chatbot/uploads'] },
};
