import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { contextOf } from '../../src/lib/app.svelte';
import { failure, groupText, SET_UP } from '../../src/lib/backend/fake';
import Settings from '../../src/lib/places/settings/Settings.svelte';
import { open, settled, sound } from '../open';

const main = () => within(screen.getByRole('main'));
const section = (name: RegExp) => main().getByRole('button', { name });
const dialog = () => within(screen.getByRole('dialog'));
const shown = async (place: string, story: Parameters<typeof open>[0] = 'calm', change?: Parameters<typeof open>[3], pace = 1) => {
  const opened = await open(story, place, pace, change);
  await settled();
  return { ...opened, user: userEvent.setup() };
};

describe('Settings', () => {
  test.each(SET_UP)('opens in the story %s', async (story) => {
    await shown('settings', story);
    expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('What is Holdfast told to do?');
    await sound();
  });

  test('says in one sentence what Holdfast does, and each section what it holds', async () => {
    await shown('settings');
    expect(main().getByText(/A backup is due every 15 min, keeps about 47 archives/)).toBeInTheDocument();
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
    expect(await main().findByText(/A backup is due every 15 min/)).toBeInTheDocument();
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
    expect(main().getByText(/A backup is due every 1 h/)).toBeInTheDocument();
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

describe('places', () => {
  const menu = async (user: ReturnType<typeof userEvent.setup>, place: string, item: string) => {
    main().getByRole('button', { name: `What to do with ${place}` }).focus();
    await user.keyboard('{Enter}');
    // Nothing is laid out here, so it is never placed, and counts as hidden.
    const wanted = await screen.findByText(item, { selector: '[role=menuitem]' });
    await waitFor(() => expect(document.activeElement?.closest('[role=menu]')).toBeTruthy());
    for (let step = 0; document.activeElement !== wanted && step < 6; step += 1) await user.keyboard('{ArrowDown}');
    await user.keyboard('{Enter}');
  };

  test('a drive is looked at, then added', async () => {
    const { user, backend } = await shown('settings/places');
    await user.click(main().getByRole('button', { name: 'Add a place…' }));
    const known = await dialog().findByRole('radio', { name: /Harbour Blue/ });
    expect(known).toBeDisabled();
    await user.click(dialog().getByRole('radio', { name: /STICK/ }));
    await user.type(dialog().getByRole('textbox', { name: 'Name' }), 'Green stick');
    await sound();
    await user.click(dialog().getByRole('button', { name: 'Look at it' }));
    expect(await dialog().findByText(/cut into volumes of 4\.0 GB/)).toBeInTheDocument();
    expect(backend.world.added).toHaveLength(0);
    await user.click(dialog().getByRole('button', { name: 'Add Green stick' }));
    expect(await main().findByText('Green stick')).toBeInTheDocument();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  test('adding a place says what waits for it and what does not fit, and copies at once if asked to', async () => {
    const { user, app, backend } = await shown('settings/places', 'calm', (backend) => {
      const { drives, destinations, plan_destination } = backend;
      backend.drives = async (args) => ({ drives: (await drives(args)).drives.map((one) => ({ ...one, free_bytes: 94e6 })) });
      backend.destinations = async (args) => ({ ...(await destinations(args)), new_place: { archives: 4, bytes: 135e6, foreseen_bytes: 1.2e9, free_bytes: null, sentence: '' } });
      backend.plan_destination = async (args) => {
        const planned = await plan_destination(args);
        const waits = { archives: 4, bytes: 135e6, foreseen_bytes: 1.2e9, free_bytes: 94e6, sentence: '4 archives, 135 MB, wait for it and do not fit: 94.0 MB are free.' };
        const note = { code: 'place-too-small' as const, severity: 'notice' as const, subject: 'STICK', cause: '94 MB are free', title: 'STICK is too small for what it is to hold.', next_step: 'Choose a larger place.' };
        return { ...planned, preview: { ...planned.preview, waits, notes: [note] } };
      };
    });
    await user.click(main().getByRole('button', { name: 'Add a place…' }));
    const stick = await dialog().findByRole('radio', { name: /STICK.*too small: 1\.2\d* GB are to go there/ });
    await user.click(stick);
    await user.click(dialog().getByRole('button', { name: 'Look at it' }));
    expect(await dialog().findByText(/4 archives, 135 MB, wait for it and do not fit/)).toBeInTheDocument();
    expect(dialog().getByText('STICK is too small for what it is to hold.')).toBeInTheDocument();
    await sound();
    const copied = vi.spyOn(backend, 'copy');
    await user.click(dialog().getByRole('button', { name: 'Add STICK and copy now' }));
    await waitFor(() => expect(copied).toHaveBeenCalledWith(expect.objectContaining({ to: 'STICK' }), expect.anything()));
    expect(app.state).toBe('copying');
    expect(await main().findByText(/waits for its first copy: 49 archives/)).toBeInTheDocument();
  });

  test('the keyring is asked for as the machine has it', async () => {
    const { user } = await shown('settings/places', 'locked');
    await user.click(main().getByRole('button', { name: 'Add a place…' }));
    await user.click(dialog().getByRole('radio', { name: /The cloud/ }));
    expect(dialog().getByText('No keyring here: the key is read from a file.')).toBeInTheDocument();
  });

  test('where all lies on one disk, the most that can be lost says so', async () => {
    const loss = { kept_as_of: null, sentence: 'All of it is lost if this disk dies.', next_step: 'Add a place that is not on it.' };
    await shown('settings/schedule', 'calm', (backend) => {
      const { check_settings } = backend;
      backend.check_settings = async (args) => {
        const check = await check_settings(args);
        return { ...check, consequences: { ...check.consequences, disk_loss: loss } };
      };
    });
    expect(main().getByText(/of conversations can be lost while the disk lives\. All of it is lost if this disk dies\./)).toBeInTheDocument();
    expect(main().getByText('All of it is lost if this disk dies. Add a place that is not on it.')).toBeInTheDocument();
  });

  test('a place that is away is named where the passphrase is changed', async () => {
    const { user } = await shown('settings/keys');
    await user.click(main().getByRole('button', { name: 'Change it…' }));
    expect(dialog().getByText(/opening with the old passphrase until the next backup while they are there: Harbour Blue/)).toBeInTheDocument();
  });

  test('a folder that cannot serve is refused with a reason, and another one is taken', async () => {
    const { user } = await shown('settings/places');
    await user.click(main().getByRole('button', { name: 'Add a place…' }));
    await user.click(dialog().getByRole('radio', { name: /A folder/ }));
    const folder = dialog().getByRole('textbox', { name: 'Folder' });
    await user.type(folder, '/srv/chatbot/copies');
    await user.click(dialog().getByRole('button', { name: 'Look at it' }));
    expect(await dialog().findByText(/a part of what is protected/)).toBeInTheDocument();
    await user.click(dialog().getByRole('button', { name: 'Choose…' }));
    expect(folder).toHaveValue('/home/mara/Backups');
    await user.click(dialog().getByRole('button', { name: 'Look at it' }));
    expect(await dialog().findByRole('button', { name: 'Add Backups' })).toBeEnabled();
  });

  test('the cloud: refused with a wrong key, then added; the key does not stay in the page', async () => {
    const { user } = await shown('settings/places');
    await user.click(main().getByRole('button', { name: 'Add a place…' }));
    await user.click(dialog().getByRole('radio', { name: /The cloud/ }));
    await user.type(dialog().getByRole('textbox', { name: 'Address' }), 's3://harbour/chatbot');
    await user.type(dialog().getByRole('textbox', { name: 'Key id' }), 'AKIA');
    const secret = dialog().getByLabelText('Secret key');
    expect(secret).toHaveAttribute('type', 'password');
    await user.type(secret, 'wrong');
    await user.click(dialog().getByRole('button', { name: 'Add the cloud' }));
    expect(await dialog().findByText(/does not let Holdfast in/)).toBeInTheDocument();
    await user.clear(secret);
    await user.type(secret, 'right');
    await user.click(dialog().getByRole('button', { name: 'Add the cloud' }));
    expect(await main().findByText('harbour')).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: 'Add a place…' }));
    await user.click(dialog().getByRole('radio', { name: /The cloud/ }));
    expect(dialog().getByLabelText('Secret key')).toHaveValue('');
  });

  test('renamed, and taken out with what stays', async () => {
    const { user, backend } = await shown('settings/places');
    await menu(user, 'home-nas', 'Rename…');
    const name = await screen.findByRole('textbox', { name: 'New name' });
    await user.clear(name);
    await user.type(name, 'Harbour Blue{Enter}');
    expect(await dialog().findByText('Harbour Blue is there already.')).toBeInTheDocument();
    await user.clear(name);
    await user.type(name, 'attic{Enter}');
    expect(await main().findByText('attic')).toBeInTheDocument();
    await menu(user, 'attic', 'Take it out…');
    expect(dialog().getByText(/48 archives there, 38\.0 GB, stay/)).toBeInTheDocument();
    await user.click(dialog().getByRole('button', { name: 'Take attic out' }));
    await waitFor(() => expect(backend.world.forgotten.has('nas')).toBe(true));
    expect(main().queryByText('attic')).toBeNull();
  });

  test('copies are checked, with progress and cancel', async () => {
    const { user, app } = await shown('settings/places');
    await user.click(main().getByRole('button', { name: 'Check all copies' }));
    expect(await main().findByRole('progressbar')).toBeInTheDocument();
    await sound();
    await user.click(main().getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(app.destinations.checking.state).toBe('cancelled'));
  });

  test('a damaged copy is named, and copied again', async () => {
    const { user } = await shown('settings/places', 'attention', undefined, 2000);
    await user.click(main().getByRole('button', { name: 'Check all copies' }));
    expect(await main().findByText(/home-nas: 1 copy damaged/)).toBeInTheDocument();
    expect(main().getByText(/Harbour Blue is away: its copies were not read/)).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: 'Copy them again now' }));
    expect(await main().findByText('home-nas: has everything.')).toBeInTheDocument();
  });

  test('cannot be listed: said, and asked again', async () => {
    await shown('settings/places', 'calm', (backend) => {
      backend.destinations = () => Promise.reject(failure('catalog-damaged', 'the catalog', 'malformed', 'The catalog cannot be read.', 'Build it again.'));
    });
    expect(main().getByRole('alert')).toHaveTextContent('The catalog cannot be read.');
  });

  test('room is made by a deliberate act', async () => {
    const { user, backend } = await shown('settings/retention/room', 'calm', undefined, 2000);
    const before = backend.world.archives.length;
    expect(main().getByRole('button', { name: 'See what may go' })).toHaveFocus();
    await user.keyboard('{Enter}');
    const act = await screen.findByRole('button', { name: 'Remove 1 archive, free 14.0 MB' });
    expect(act).toBeDisabled();
    await user.type(dialog().getByRole('textbox'), 'chatbot{Enter}');
    await waitFor(() => expect(backend.world.archives).toHaveLength(before - 1));
    expect(await dialog().findByText(/1 archive removed/)).toBeInTheDocument();
  });
});

describe('keys', () => {
  test('the passphrase is changed, after the two are the same and it is not weak', async () => {
    const { user } = await shown('settings/keys');
    await user.click(main().getByRole('button', { name: 'Change it…' }));
    await user.type(dialog().getByLabelText('Your passphrase now'), 'wrong');
    await user.type(dialog().getByLabelText('New passphrase'), 'lantern-granite-otter');
    await user.type(dialog().getByLabelText('The same again'), 'lamp');
    expect(dialog().getByText('The two are not the same.')).toBeInTheDocument();
    await user.clear(dialog().getByLabelText('The same again'));
    await user.type(dialog().getByLabelText('The same again'), 'lantern-granite-otter');
    expect(await dialog().findByText('Strong.')).toBeInTheDocument();
    await sound();
    await user.click(dialog().getByRole('button', { name: 'Change the passphrase' }));
    expect(await dialog().findByText('That is not the passphrase of chatbot.')).toBeInTheDocument();
    await user.clear(dialog().getByLabelText('Your passphrase now'));
    await user.type(dialog().getByLabelText('Your passphrase now'), 'right');
    await user.click(dialog().getByRole('button', { name: 'Change the passphrase' }));
    expect(await main().findByText(/Replaced at: This computer, home-nas/)).toBeInTheDocument();
  });

  test('the kit is saved again, and proven by typing back', async () => {
    const { user } = await shown('settings/keys');
    await user.click(main().getByRole('button', { name: 'Save again…' }));
    expect(await main().findByText(/Saved to \/run\/media/)).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: 'Prove it…' }));
    const group = await dialog().findByRole('textbox', { name: 'Group 7 of 10' });
    await user.type(group, 'G7BBB{Enter}');
    const ask = await screen.findByText(/Group 7 is not as it is printed/);
    expect(ask).toBeInTheDocument();
    await user.clear(group);
    await user.type(group, `${groupText(7)}{Enter}`);
    expect(await main().findByText(/^Group 7 of 10 matches: this is the page of the key .* That key opens the newest archive\.$/)).toBeInTheDocument();
    expect(main().getByText(/proven 21 Nov/, { selector: 'p span' })).toBeInTheDocument();
  });

  test('without a keyring the passphrase is asked for, and asked again where it is wrong', async () => {
    const { user } = await shown('settings/keys', 'huge');
    await user.click(main().getByRole('button', { name: 'Print again' }));
    expect(await screen.findByRole('dialog', { name: 'What opens the archives?' })).toBeInTheDocument();
    await sound();
    await user.type(dialog().getByLabelText('Passphrase'), 'wrong{Enter}');
    expect(await dialog().findByText(/That does not open it\./)).toBeInTheDocument();
    await user.type(dialog().getByLabelText('Passphrase'), 'wrong{Enter}');
    expect(await dialog().findByText(/The recovery key from the printed kit opens it too/)).toBeInTheDocument();
    await user.type(dialog().getByLabelText('Passphrase'), 'right{Enter}');
    expect(await main().findByText('Handed to the printer.')).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: 'Print again' }));
    await user.click(await screen.findByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(main().queryByRole('alert')).toBeNull();
    await user.click(main().getByRole('button', { name: 'Give the passphrase…' }));
    expect(await screen.findByRole('dialog', { name: 'What opens the archives?' })).toBeInTheDocument();
  });

  test('a trusted person comes and goes', async () => {
    const { user, backend } = await shown('settings/keys');
    await user.click(main().getByRole('button', { name: 'Add a person…' }));
    await user.type(dialog().getByRole('textbox', { name: 'Name' }), 'Jon');
    await user.type(dialog().getByRole('textbox', { name: 'Their public key' }), 'AGE-SECRET-KEY-1');
    await user.click(dialog().getByRole('button', { name: 'Trust Jon' }));
    expect(await dialog().findByText(/not a key that archives can be sealed to/)).toBeInTheDocument();
    await user.clear(dialog().getByRole('textbox', { name: 'Their public key' }));
    await user.type(dialog().getByRole('textbox', { name: 'Their public key' }), 'age1qwertyuiop');
    await user.click(dialog().getByRole('button', { name: 'Trust Jon' }));
    await user.click(await main().findByRole('button', { name: 'Remove Jon' }));
    expect(dialog().getByText(/Those made until now stay open/)).toBeInTheDocument();
    await user.click(dialog().getByRole('button', { name: 'Stop trusting Jon' }));
    await waitFor(() => expect(backend.world.people).toHaveLength(0));
  });

  test('new keys: first what they change, then the passphrase', async () => {
    const { user, backend } = await shown('settings/keys');
    await user.click(main().getByRole('button', { name: 'Make new keys…' }));
    expect(await dialog().findByText(/49 archives stay as they are/)).toBeInTheDocument();
    expect(dialog().getByText(/home-nas: the new recovery key/)).toBeInTheDocument();
    expect(dialog().getByText(/Harbour Blue: away now/)).toBeInTheDocument();
    await user.type(dialog().getByLabelText('Passphrase'), 'wrong{Enter}');
    expect(await dialog().findByText('That is not the passphrase of chatbot.')).toBeInTheDocument();
    await user.type(dialog().getByLabelText('Passphrase'), 'right{Enter}');
    expect(await main().findByText(/New keys are made/)).toBeInTheDocument();
    expect(backend.world.kitProven).toBeNull();
    expect(section(/Keys and recovery kit/)).toHaveTextContent('kit not proven');
  });
});

describe('logs and diagnostics', () => {
  test('are shown before they are copied, without secrets', async () => {
    const { user } = await shown('settings/help');
    await user.click(main().getByRole('button', { name: 'See it' }));
    expect(await main().findByText(/catalog: ok/)).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: 'Copy diagnostics' }));
    expect(await main().findByRole('button', { name: 'Copied' })).toBeInTheDocument();
    expect(await navigator.clipboard.readText()).toContain('Holdfast 1.0.0');
  });
});
