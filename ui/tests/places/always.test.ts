import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { failure } from '../../src/lib/backend/fake';
import { runScript } from '../../src/lib/backend/fake/jobs';
import type { ScheduleStanding } from '../../src/lib/backend/types';
import { open, settled, sound } from '../open';

const main = () => within(screen.getByRole('main'));
const button = (name: string | RegExp) => main().getByRole('button', { name });
const text = () => screen.getByRole('main').textContent?.replace(/\s+/g, ' ') ?? '';

describe('What is made by itself', () => {
  test('paused: says until when, resumes with one press, and Back Up Now stays', async () => {
    const { app } = await open('paused');
    expect(app.state).toBe('paused');
    expect(text()).toContain('Nothing is backed up by itself until 14:40');
    expect(text()).toContain('Paused until 14:40 goes on by itself in 52 min');
    expect(button('Resume')).toHaveClass('primary');
    expect(document.querySelectorAll('main .btn.primary')).toHaveLength(1);
    expect(button('Back Up Now')).toBeEnabled();
    await userEvent.setup().click(button('Resume'));
    await vi.waitFor(() => expect(app.state).toBe('protected'));
    expect(text()).toContain('Next backup');
    expect(main().queryByRole('button', { name: 'Resume' })).toBeNull();
  });

  test('what needs the person needs them in a pause too', async () => {
    const { app } = await open('attention', 'overview', 1, ({ world }) => (world.pausedUntil = new Date(2026, 10, 21, 14, 40)));
    expect(app.state).toBe('attention');
    expect(text()).toContain('Paused until 14:40');
    expect(button('Resume')).not.toHaveClass('primary');
    await sound();
  });

  test('a pause that is over is none, without being asked again', async () => {
    const { app } = await open('paused');
    app.clock.now = new Date(2026, 10, 21, 14, 41);
    await settled();
    expect(main().queryByRole('button', { name: 'Resume' })).toBeNull();
  });

  test('a resume that fails says why, and the pause is still shown', async () => {
    await open('paused', 'overview', 1, (backend) => {
      backend.resume = () => Promise.reject(failure('permission-denied', 'the pause', 'denied', 'The pause could not be ended.', 'Make its file writable.'));
    });
    await userEvent.setup().click(button('Resume'));
    await vi.waitFor(() => expect(main().getByText('The pause could not be ended.')).toBeInTheDocument());
    expect(button('Resume')).toBeEnabled();
  });

  const standing = (change: Partial<ScheduleStanding>) =>
    open('calm', 'overview', 1, (backend) => {
      const { overview } = backend;
      backend.overview = async (args) => {
        const answer = await overview(args);
        const next = change.due ? { at: backend.world.clock.read().toISOString(), level: change.due } : answer.next;
        return { ...answer, next, schedule: { ...answer.schedule, ...change } };
      };
    });

  test('what is due and waits says what for', async () => {
    await standing({ due: 'daily', due_since: null, said: 'daily, due since 02:00, waits for power: 12 % of battery, 30 % wanted' });
    expect(text()).toContain('due now Daily, due since 02:00, waits for power: 12 % of battery, 30 % wanted');
  });

  test('who makes it is said where it is another program, or nobody', async () => {
    await open('huge');
    expect(text()).toContain('Made by holdfast watch (process 812).');
  });

  test('nobody makes it: that is said', async () => {
    await standing({ by: null });
    expect(text()).toContain('Nothing makes it by itself now');
  });

  test('a backup that nobody asked for is shown while it runs, and ends without a word', async () => {
    const { app, backend } = await open('calm', 'overview', 400);
    runScript(backend.world, {
      kind: 'backup', askedFor: false,
      stretches: [{ phase: 'backing-up', files: 10, bytes: 1e6, seconds: 100 }],
      finish: () => ({ outcome: 'done' }),
    }); // prettier-ignore
    await vi.waitFor(() => expect(app.backup.running).toBe(true));
    await vi.waitFor(() => expect(text()).toContain('It began by itself at 13:48.'));
    expect(button('Cancel backup')).toBeInTheDocument();
    await vi.waitFor(() => expect(app.backup.task.state).toBe('idle'), 3000);
    await settled();
    expect(main().getByText('Protected')).toBeInTheDocument();
    expect(main().queryByRole('heading', { name: /Backup done/ })).toBeNull();
  });

  test('copies to a drive that was plugged in are shown while they run', async () => {
    const { app, backend } = await open('calm', 'overview', 400);
    runScript(backend.world, {
      kind: 'copy', askedFor: false,
      stretches: [{ phase: 'copying', files: 3, bytes: 1e9, seconds: 100, current: 'Harbour Blue' }],
      finish: () => ({ outcome: 'done' }),
    }); // prettier-ignore
    await vi.waitFor(() => expect(app.state).toBe('copying'));
    await vi.waitFor(() => expect(app.state).toBe('protected'), 3000);
    expect(app.destinations.copying.state).toBe('idle');
  });

  test('settings: pauses for an hour, says so, and goes on', async () => {
    const { app } = await open('calm', 'settings/schedule');
    const user = userEvent.setup();
    await user.click(button('For an hour'));
    await vi.waitFor(() => expect(text()).toContain('Paused until 14:48.'));
    expect(button(/^When/)).toHaveTextContent(/paused until 14:48; every 15 min/);
    expect(app.settings.changed).toBe(false);
    await user.click(button('Resume'));
    await vi.waitFor(() => expect(button('Until tomorrow')).toBeEnabled());
    await user.click(button('Until tomorrow'));
    await vi.waitFor(() => expect(text()).toContain('Paused until tomorrow 00:00.'));
    await sound();
  });

  test('settings: changes of configuration and the battery are settings like any', async () => {
    const { app, backend } = await open('calm', 'settings/schedule');
    const user = userEvent.setup();
    await user.click(main().getByRole('switch', { name: 'Changed settings of the chatbot' }));
    const field = main().getByRole('textbox', { name: 'Not below' });
    await user.clear(field);
    await user.type(field, '130');
    expect(await main().findByText(/No battery has more than 100 %/)).toBeInTheDocument();
    await user.clear(field);
    await user.type(field, '30');
    await vi.waitFor(() => expect(app.settings.wrong).toBe(0));
    await user.click(button(/^Save 2 changes/));
    await vi.waitFor(() => expect(backend.world.settings.schedule).toMatchObject({ on_change: false, min_battery_percent: 30 }));
    expect(button(/^When/)).toHaveTextContent(/not below 30 % of battery/);
  });

  test('every byte is read within its time, and where it is not that is said', async () => {
    await open('calm');
    expect(text()).toContain('Every byte read within 30 days');
  });

  test('what was not read in time is told in Overview and Health', async () => {
    const late = await open('calm', 'overview', 1, (backend) => {
      const { overview } = backend;
      backend.overview = async (args) => {
        const answer = await overview(args);
        return { ...answer, read: { ...answer.read, overdue: true, said: '3 archives at Harbour Blue were not read for more than 30 days' } };
      };
    });
    expect(text()).toContain('not within 30 days 3 archives at Harbour Blue were not read');
    late.app.router.go('health');
    await vi.waitFor(() => expect(text()).toContain('3 archives at Harbour Blue were not read for more than 30 days.'));
    await sound();
  });
});

describe('An alarm', () => {
  test('names the last good archive, and leads to it', async () => {
    const { app } = await open('alarm');
    expect(app.state).toBe('at-risk');
    expect(main().getByRole('heading', { name: /^Noise in place of what was there/ })).toBeInTheDocument();
    expect(text()).toContain('No archive is removed until that is settled.');
    const good = button(/^Open the archive of /);
    expect(good).toHaveClass('primary');
    await userEvent.setup().click(good);
    await vi.waitFor(() => expect(location.hash).toMatch(/^#\/archives\/chatbot_/));
  });

  test('the name stands out where it is one, and not where it begins a path', async () => {
    await open('alarm', 'overview', 1, (backend) => {
      const { overview } = backend;
      backend.overview = async (args) => ({ ...(await overview(args)), reason: 'Noise in place of chatbot/config/.env. Seen at the backup of chatbot.' });
    });
    const strong = document.querySelectorAll('main .reason b');
    expect(strong).toHaveLength(1);
    expect(strong[0]?.parentElement?.innerHTML.replace(/<!--.*?-->/g, '')).toMatch(/Seen at the backup of <b/);
  });

  test('it was meant: asked first, closed with a note, and taken back', async () => {
    const { app, backend } = await open('alarm');
    const user = userEvent.setup();
    await user.click(button('It was meant…'));
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByText(/Old archives are held until somebody says so/)).toBeInTheDocument();
    await sound();
    await user.type(dialog.getByRole('textbox', { name: 'Why, if you like' }), 'sealed the old uploads');
    await user.click(dialog.getByRole('button', { name: 'It was meant' }));
    await vi.waitFor(() => expect(app.state).toBe('protected'));
    expect(backend.world.alarms[0]).toMatchObject({ open: false, note: 'sealed the old uploads' });
    expect(main().getByRole('heading', { name: 'The alarm is closed' })).toBeInTheDocument();
    await sound();
    await user.click(button('Undo'));
    await vi.waitFor(() => expect(app.state).toBe('at-risk'));
    expect(backend.world.alarms[0]).toMatchObject({ open: true });
  });

  test('one that does not close says why, and stays open', async () => {
    const { app } = await open('alarm', 'overview', 1, (backend) => {
      backend.acknowledge = () => Promise.reject(failure('locked', 'chatbot', 'by another run', 'Another run has it.', 'Wait.'));
    });
    const user = userEvent.setup();
    await user.click(button('It was meant…'));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'It was meant' }));
    await vi.waitFor(() => expect(screen.getByText('Another run has it.')).toBeInTheDocument());
    expect(app.state).toBe('at-risk');
  });

  test('Health lists what was closed, and opens it again', async () => {
    const { app, backend } = await open('alarm', 'health', 1, ({ world }) => {
      world.alarms = world.alarms.map((alarm) => ({ ...alarm, open: false, acknowledged: '2026-11-21T12:40:00Z', note: 'sealed by me' }));
    });
    const user = userEvent.setup();
    const closed = within(await main().findByRole('region', { name: 'Closed alarms' }));
    await user.click(closed.getByText('Show it'));
    expect(closed.getByText(/“sealed by me”/)).toBeInTheDocument();
    await sound();
    await user.click(closed.getByRole('button', { name: /^Open again: Noise/ }));
    await vi.waitFor(() => expect(backend.world.alarms[0]?.open).toBe(true));
    await vi.waitFor(() => expect(app.state).toBe('at-risk'));
  });
});
