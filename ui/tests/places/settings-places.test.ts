import { screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { failure } from '../../src/lib/backend/fake';
import { sound } from '../open';
import { dialog, main, shown } from './settings-shown';

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
