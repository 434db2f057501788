import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';
import { contextOf } from '../../src/lib/app.svelte';
import { failure, SET_UP } from '../../src/lib/backend/fake';
import Settings from '../../src/lib/places/settings/Settings.svelte';
import { open, settled, sound } from '../open';
import { dialog, main, section, shown } from './settings-shown';

describe('Settings', () => {
  test.each(SET_UP)('opens in the story %s', async (story) => {
    await shown('settings', story);
    expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('What is Holdfast told to do?');
    await sound();
  });

  test('says in one sentence what Holdfast does, and each section what it holds', async () => {
    await shown('settings');
    expect(main().getByText(/Backs up every 15 min, keeps about 47 archives/)).toBeInTheDocument();
    expect(section(/What is protected/)).toHaveTextContent('1,594 files, 4.2 GB; 11.0 GB left out');
    expect(section(/^When/)).toHaveTextContent('every 15 min, daily at 02:00, everything once a week');
    expect(section(/Where archives/)).toHaveTextContent('3 places, 1 away');
  });

  test.each(['deployment', 'schedule', 'retention', 'places', 'keys', 'machine', 'help'])('section %s opens by its address, and is sound', async (id) => {
    await shown(`settings/${id}`);
    expect(document.getElementById(`inside-${id}`)).toBeInTheDocument();
    await sound();
  });

  // Alone: where nothing is protected, the first run fills the window.
  test('empty: says what will be here', async () => {
    const { app } = await open('empty');
    cleanup();
    render(Settings, { props: { path: [] }, context: contextOf(app) });
    expect(screen.getByText('What Holdfast is told to do will be here')).toBeInTheDocument();
    await sound();
  });

  test('a matter of Overview leads to the setting that puts it right', async () => {
    const { user } = await shown('overview', 'calm', (backend) => {
      const { overview } = backend;
      backend.overview = async (args) => ({
        ...(await overview(args)),
        matters: [
          {
            id: 'kit', state: 'attention', text: 'It was never typed back.',
            said: { code: 'not-protected', severity: 'problem', subject: 'chatbot', cause: '', title: 'The recovery kit is not proven', next_step: 'Prove it.' },
            act: { act: 'prove-kit', label: 'Prove the kit', effect: 'About 1 min.', archive: null, paths: [] },
            about: 'archives', also: null,
          },
        ],
      }); // prettier-ignore
    });
    await user.click(main().getByRole('button', { name: 'Prove the kit' }));
    await waitFor(() => expect(document.activeElement).toHaveTextContent('Print again'));
  });

  test('saving does not move the person', async () => {
    const { user } = await shown('settings/retention');
    const field = main().getByRole('textbox', { name: 'Newest of each day' });
    await user.type(field, '{Backspace}9');
    await user.click(main().getByRole('button', { name: 'Save 1 change' }));
    await waitFor(() => expect(main().queryByRole('region', { name: 'Unsaved changes' })).toBeNull());
    expect(document.getElementById('section-retention')).not.toHaveFocus();
  });

  test('cannot be read: what happened, and a way on', async () => {
    let broken = true;
    const { user } = await shown('settings', 'calm', (backend) => {
      const { settings } = backend;
      backend.settings = (args) =>
        broken ? Promise.reject(failure('bad-settings', 'chatbot.toml', 'line 4', 'The settings cannot be used.', 'Correct line 4.')) : settings(args);
    });
    expect(main().getByText('The settings cannot be read')).toBeInTheDocument();
    expect(main().getByRole('alert')).toHaveTextContent('Correct line 4.');
    await sound();
    broken = false;
    await user.click(main().getByRole('button', { name: 'Try again' }));
    expect(await main().findByText(/Backs up every 15 min/)).toBeInTheDocument();
  });

  test('huge: what is left out is told in part until somebody asks', async () => {
    const { user } = await shown('settings/deployment', 'huge');
    await user.click(main().getByRole('button', { name: 'and 236 more' }));
    expect(main().getAllByRole('button', { name: /^Put in / })).toHaveLength(242);
  });

  test('works without a keyring and a tray, and says so', async () => {
    await shown('settings', 'huge');
    expect(main().getByText('This computer has no keyring.')).toBeInTheDocument();
    expect(main().getByText('This desktop has no place for the tray icon.')).toBeInTheDocument();
    await userEvent.setup().click(section(/On this computer/));
    expect(main().getByText(/Holdfast ends when what runs is done/)).toBeInTheDocument();
    expect(main().queryByRole('alert')).toBeNull();
  });

  test('a setting is found by a word that is not its name, by keyboard', async () => {
    const { user } = await shown('settings');
    await user.keyboard('/');
    await user.keyboard('password{Enter}');
    await waitFor(() => expect(document.activeElement).toHaveTextContent('Change it…'));
  });

  test('what no setting has is said', async () => {
    const { user } = await shown('settings');
    await user.type(main().getByRole('textbox', { name: 'Find a setting' }), 'zebra');
    expect(main().getAllByText('No setting has that word.').length).toBeGreaterThan(0);
    await sound();
  });
});

describe('typing and saving', () => {
  test('consequences follow what is typed, in plain words', async () => {
    const { user } = await shown('settings/retention');
    const field = main().getByRole('textbox', { name: 'Newest of each month' });
    await user.clear(field);
    await user.type(field, '3');
    await waitFor(() => expect(document.querySelector('#set-means')).toHaveTextContent('Keeps about 38 archives'));
    expect(main().getByText(/The next clean-up then removes 9 archives, 18\.0 GB/)).toBeInTheDocument();
    // The heading says what holds now.
    expect(main().getByText(/keeps about 47 archives/)).toBeInTheDocument();
  });

  test('one button saves, and says what will change', async () => {
    const { user, backend } = await shown('settings/schedule');
    await user.selectOptions(main().getByRole('combobox', { name: 'Databases and changed files' }), 'every hour');
    const at = main().getByRole('textbox', { name: 'At' });
    await user.clear(at);
    await user.type(at, '03:30');
    const bar = within(main().getByRole('region', { name: 'Unsaved changes' }));
    expect(bar.getByRole('list', { name: '2 changes not saved' })).toHaveTextContent(/every 15 min.*every hour/);
    await sound();
    await user.click(bar.getByRole('button', { name: 'Save 2 changes' }));
    await waitFor(() => expect(main().queryByRole('region', { name: 'Unsaved changes' })).toBeNull());
    expect(backend.world.settings.schedule).toMatchObject({ hourly_minutes: 60, daily_at: '03:30' });
    expect(main().getByText(/Backs up every 1 h/)).toBeInTheDocument();
  });

  test('what is wrong is said at its field, and is not saved', async () => {
    const { user } = await shown('settings/schedule');
    const at = main().getByRole('textbox', { name: 'At' });
    await user.clear(at);
    await user.type(at, '25:00');
    const problem = await main().findByText(/That is no time of day/);
    expect(at).toHaveAccessibleDescription(problem.textContent ?? '');
    const days = main().getByRole('textbox', { name: 'Every' });
    await user.clear(days);
    expect(main().getByText('A whole number, such as 7.')).toBeInTheDocument();
    expect(main().getByText('2 things to correct first')).toBeInTheDocument();
    expect(main().getByRole('button', { name: /^Save/ })).toBeDisabled();
    await user.click(main().getByRole('button', { name: /^Undo/ }));
    expect(at).toHaveValue('02:00');
    expect(days).toHaveValue('7');
    expect(main().queryByRole('region', { name: 'Unsaved changes' })).toBeNull();
  });

  test('patterns are tested as they are typed', async () => {
    const { user, backend } = await shown('settings/deployment');
    expect(main().getByText(/Leaves out 4 files, 1\.2 MB/)).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: 'Add a pattern' }));
    expect(main().getByRole('textbox', { name: 'Pattern 2' })).toHaveFocus();
    await user.keyboard('*.db');
    expect(await main().findByText(/Leaves out 1 file, 412 MB.*webui\.db, the conversations, would be in no archive/)).toBeInTheDocument();
    expect(main().getByRole('button', { name: /^Save/ })).toBeDisabled();
    await user.click(main().getByRole('checkbox', { name: 'Leave it out all the same' }));
    expect(main().getByRole('button', { name: /^Save/ })).toBeEnabled();
    await user.click(main().getByRole('button', { name: 'Remove *.db' }));
    expect(main().queryByRole('region', { name: 'Unsaved changes' })).toBeNull();
    await user.click(main().getByRole('button', { name: 'Add a pattern' }));
    await user.keyboard('x[[');
    expect(await main().findByText(/A bracket is not closed/)).toBeInTheDocument();
    expect(backend.world.settings.exclude).toEqual(['*.tmp']);
  });

  test('what is left out by itself can be put in', async () => {
    const { user, backend } = await shown('settings/deployment');
    await user.click(main().getByRole('button', { name: 'Put in /srv/chatbot/cache/whisper' }));
    expect(section(/What is protected/)).toHaveTextContent('9.4 GB left out');
    await user.click(main().getByRole('button', { name: 'Save 1 change' }));
    await waitFor(() => expect(backend.world.settings.include_recreatable).toEqual(['/srv/chatbot/cache/whisper']));
  });

  test('a saving that fails keeps what was typed, and says why', async () => {
    const { user } = await shown('settings/schedule', 'error');
    await user.click(main().getByRole('switch', { name: 'Back up by schedule' }));
    await user.click(main().getByRole('button', { name: 'Save 1 change' }));
    expect(await main().findByText(/could not be written/)).toBeInTheDocument();
    expect(main().getByRole('switch', { name: 'Back up by schedule' })).not.toBeChecked();
    await sound();
  });

  test('leaving with something unsaved asks, and can stay, drop or save', async () => {
    const { user, app, backend } = await shown('settings/machine');
    await user.click(main().getByRole('switch', { name: 'Start at login' }));
    await user.keyboard('{Control>}1{/Control}');
    expect(app.router.place).toBe('settings');
    expect(dialog().getByText('1 change not saved')).toBeInTheDocument();
    await sound();
    await user.click(dialog().getByRole('button', { name: 'Stay here' }));
    expect(location.hash).toContain('settings');
    expect(main().getByRole('switch', { name: 'Start at login' })).not.toBeChecked();
    await user.click(screen.getByRole('link', { name: /Overview/ }));
    await user.click(await screen.findByRole('button', { name: 'Save and leave' }));
    await waitFor(() => expect(app.router.place).toBe('overview'));
    expect(backend.world.application.start_at_login).toBe(false);
  });

  test('leaving without saving forgets', async () => {
    const { user, app } = await shown('settings/machine');
    await user.click(main().getByRole('switch', { name: 'Start at login' }));
    app.router.go('overview');
    await user.click(await screen.findByRole('button', { name: 'Undo and leave' }));
    expect(app.router.place).toBe('overview');
    app.router.go('settings', 'machine');
    await settled();
    expect(main().getByRole('switch', { name: 'Start at login' })).toBeChecked();
  });

  test('what is typed is not overwritten by what happens elsewhere', async () => {
    const { user, backend } = await shown('settings/deployment');
    await user.type(main().getByRole('textbox', { name: 'Notes' }), 'Call Jon');
    backend.world.tell({ event: 'settings-changed', deployment: 'chatbot' });
    await settled();
    expect(main().getByRole('textbox', { name: 'Notes' })).toHaveValue('Call Jon');
  });

  test('light and dark and the size of text hold at once', async () => {
    const { user, backend } = await shown('settings/machine');
    await user.selectOptions(main().getByRole('combobox', { name: 'Look' }), 'Dark');
    expect(document.documentElement.dataset['theme']).toBe('dark');
    await user.selectOptions(main().getByRole('combobox', { name: 'Text size' }), '150 %');
    expect(backend.world.textPercent).toBe(150);
  });
});
