import { common } from './common';

export const shell = {
  places: 'Places',
  title: (place: string, state: string) => `${place} - ${state} - Holdfast`,
  asOf: (time: string) => `as of ${time}`,
  needYou: (count: number) => (count === 1 ? '1 thing needs you' : `${count} things need you`),
  working: (percent: number, left: string | null) => (left === null ? `${percent}%` : `${percent}%, ${left} left`),
  noArchive: 'no archive yet',
  attention: 'something here needs you',
  notSeen: 'cannot be seen now',
  shortcuts: {
    title: 'Keys',
    open: 'Keys',
    place: (name: string) => `Go to ${name}`,
    backUpNow: common.backUpNow,
    help: 'Show these keys',
    search: 'Search, where there is something to search',
    close: 'Close what is open',
  },
  said: {
    state: (state: string, reason: string) => `${state}. ${reason}`,
    backupBegan: 'Backup began.',
    backupDone: 'Backup done.',
    backupProblems: (count: string) => `Backup done, with ${count}.`,
    backupFailed: 'Backup failed.',
    backupCancelled: 'Backup cancelled. Nothing was left half-done.',
  },
  theme: { system: 'As the system', light: 'Light', dark: 'Dark' },
};
