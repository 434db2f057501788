import type { Settings } from '../../types';

export function settingsOf(): Settings {
  return {
    deployment: 'chatbot',
    schedule: { enabled: true, full_every_days: 7, daily: true, daily_at: '02:00', hourly_minutes: 15 },
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
