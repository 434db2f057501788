import { screen, within } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import { failure, groupText, type FakeBackend } from '../../src/lib/backend/fake';
import { press } from '../by-keyboard';
import { open, settled, sound } from '../open';
import { PASSPHRASE, button, main, said, toKeys, toKit, typePassphrase, user } from './setup-steps';

describe('The keys', () => {
  test('strength is judged while it is typed, twice the same is needed', async () => {
    await toKeys();
    expect(button('Set up chatbot')).toBeDisabled();
    expect(said()).toContain('This writes: keys, settings, and the folder /run/media/mara/HARBOUR/Holdfast/chatbot');
    await typePassphrase('lantern-granite');
    await user.tab();
    expect(await main().findByText('Strong.')).toBeInTheDocument();
    expect(main().getByRole('img', { name: 'Strength: 4 of 4' })).toBeInTheDocument();
    expect(main().getByText('The two are not the same.')).toBeInTheDocument();
    expect(button('Set up chatbot')).toBeDisabled();
    await sound();
  });

  test('a weak one is told why, and not taken', async () => {
    await toKeys();
    await user.type(main().getByLabelText('Passphrase', { selector: 'input' }), 'boat');
    await user.type(main().getByLabelText('The same again'), 'boat');
    expect(await main().findByText('Weak.')).toBeInTheDocument();
    expect(said()).toContain('Take four words');
    expect(button('Set up chatbot')).toBeDisabled();
  });

  test('it is covered until it is asked for', async () => {
    await toKeys();
    const field = main().getByLabelText('Passphrase', { selector: 'input' });
    expect(field).toHaveAttribute('type', 'password');
    await user.click(button('Show'));
    expect(field).toHaveAttribute('type', 'text');
  });

  test('nothing is written before it is said', async () => {
    const setup = vi.fn();
    const { backend } = await toKeys((made) => {
      const real = made.setup;
      made.setup = (args) => {
        setup();
        return real(args);
      };
    });
    await typePassphrase();
    await vi.waitFor(() => expect(button('Set up chatbot')).toBeEnabled());
    expect(setup).not.toHaveBeenCalled();
    expect(backend.world.setUp).toBe(false);
  });

  test('refused: what was typed stays', async () => {
    const { app } = await toKeys((backend) => {
      backend.setup = () => Promise.reject(failure('destination-full', '/run/media', 'os error 28', 'There is no room left.', 'Make room there.'));
    });
    await typePassphrase();
    await vi.waitFor(() => expect(button('Set up chatbot')).toBeEnabled());
    await user.click(button('Set up chatbot'));
    await vi.waitFor(() => expect(main().getByRole('alert')).toHaveTextContent('There is no room left.'));
    expect(main().getByLabelText('The same again')).toHaveValue(PASSPHRASE);
    expect(app.setup.answer).toBeNull();
    expect(button('Set up chatbot')).toBeEnabled();
    await sound();
  });

  test('the passphrase is not in the window longer than needed', async () => {
    const { app } = await toKit();
    expect(app.setup.passphrase).toEqual({ first: '', again: '' });
    expect(document.body.innerHTML).not.toContain(PASSPHRASE);
  });

  test('the kit’s steps are those of the place: none is told to plug in a folder', async () => {
    const step = 'Bring that folder from the computer harbour: it is on that computer’s own disk.';
    await toKit((backend) => {
      const { plan_setup, setup } = backend;
      backend.plan_setup = (args, onProgress) => {
        const job = plan_setup(args, onProgress);
        return { ...job, result: job.result.then((planned) => ({ ...planned, preview: { ...planned.preview, archives_step: step } })) };
      };
      backend.setup = async (args) => ({ ...(await setup(args)), archives_step: step });
    });
    const paper = within(main().getByRole('figure', { name: /Recovery kit/ }));
    expect(paper.getAllByRole('listitem').map((item) => item.textContent)).toEqual([expect.stringContaining('Install Holdfast'), step, expect.stringContaining('Type the passphrase')]);
    expect(paper.queryByText(/Plug in/)).toBeNull();
  });

  test('the kit is printed, saved, and proven by typing back', async () => {
    await toKit();
    await user.click(button('Print…'));
    expect(await main().findByText('Printed 13:48')).toBeInTheDocument();
    await user.click(button('Save as a page…'));
    expect(await main().findByText('Saved 13:48')).toBeInTheDocument();
    expect(said()).toContain('Once it is printed, delete the file');
    expect(said()).toContain('its keyring holds the key');
    const field = main().getByLabelText('Group 7 of the recovery key');
    await user.type(field, 'G7AAX{Enter}');
    await vi.waitFor(() => expect(field).toHaveAccessibleDescription(/Group 7 is not as it is printed/));
    await sound();
    await user.type(field, '{Backspace}');
    expect(field).toBeValid();
    await user.clear(field);
    await user.type(field, `${groupText(7).toLowerCase()}{Enter}`);
    expect(await main().findByText(/^Groups? [\d and]+ of 10 match(es)?: this is the page of the key that archives are sealed to\.\s*$/)).toBeInTheDocument();
    await sound();
  });

  test('put off: the consequence is said first', async () => {
    const { app } = await toKit();
    await user.click(button('Start the first backup'));
    const dialog = within(await screen.findByRole('dialog', { name: 'Start without a proven kit?' }));
    expect(dialog.getByText(/only the kit opens the archives/)).toBeInTheDocument();
    await sound();
    await user.click(dialog.getByRole('button', { name: 'Back to the kit' }));
    expect(app.backup.running).toBe(false);
    await user.click(button('Start the first backup'));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Start without it' }));
    await vi.waitFor(() => expect(app.setup.step).toBe('backup'));
  });

  test('no keyring: what that means, and the kit is still made', async () => {
    const kit = vi.fn();
    await toKit((backend) => {
      const real = backend.kit;
      backend.kit = (args) => {
        kit(args.keys.passphrase);
        return real(args);
      };
    }, 'bare');
    expect(said()).toContain('There is no keyring on this computer');
    expect(said()).toContain('Restores on this computer ask for the passphrase');
    await user.click(button('Print…'));
    expect(kit).toHaveBeenCalledWith(PASSPHRASE);
    await sound();
  });
});

describe('The first backup', () => {
  async function toBackup(change?: (backend: FakeBackend) => void) {
    const opened = await toKit(change);
    await user.type(main().getByLabelText('Group 7 of the recovery key'), `${groupText(7)}{Enter}`);
    await main().findByText(/of 10 match/);
    await user.click(button('Start the first backup'));
    return opened;
  }

  test('runs, and ends in one word', { timeout: 60_000 }, async () => {
    const { app, backend } = await toBackup();
    expect(await main().findByRole('progressbar')).toBeInTheDocument();
    await sound();
    await vi.waitFor(() => expect(said()).toContain('Protected'), 10_000);
    expect(said()).toContain('1,594 files, 4.2 GB');
    expect(backend.world.archives).toHaveLength(1);
    await sound();
    await user.click(button('Go to Overview'));
    expect(app.setup.going).toBe(false);
    expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('Am I safe?');
    expect(screen.getByRole('navigation')).toBeInTheDocument();
  });

  test('cancelled: the set-up stands, and it is begun again', async () => {
    const { app } = await toBackup();
    await user.click(await main().findByRole('button', { name: 'Cancel backup' }));
    await vi.waitFor(() => expect(said()).toContain('the backup was cancelled'), 5000);
    await user.click(button('Back up now'));
    expect(app.backup.running).toBe(true);
  });

  test('failed: says what and why, and keeps the set-up', async () => {
    await toBackup((backend) => {
      backend.backup = () => ({ id: 'x', cancel: async () => undefined, result: Promise.reject(failure('destination-full', '/x', 'os error 28', 'There is no room left there.', 'Make room there.')) });
    });
    await vi.waitFor(() => expect(main().getByRole('alert')).toHaveTextContent('There is no room left there.'));
    expect(said()).toContain('the first backup failed');
    await sound();
  });
});

test('the first run by keyboard alone', { timeout: 60_000 }, async () => {
  const { app } = await open('empty', 'overview', 200);
  await press(() => button(/Protect this computer/));
  await vi.waitFor(() => expect(app.setup.preview).not.toBeNull(), 5000);
  await press(() => button('Go on'));
  await vi.waitFor(() => expect(app.setup.preview?.place).toBeTruthy(), 5000);
  await press(() => button('Go on'));
  await settled();
  await user.tab();
  await user.keyboard(PASSPHRASE);
  for (let step = 0; document.activeElement !== main().getByLabelText('The same again') && step < 5; step += 1) await user.tab();
  await user.keyboard(PASSPHRASE);
  await press(() => button('Set up chatbot'));
  await main().findByRole('button', { name: 'Print…' });
  await press(() => button('Print…'));
  await vi.waitFor(() => expect(main().getByLabelText('Group 7 of the recovery key')).toBeInTheDocument());
  for (let step = 0; document.activeElement !== main().getByLabelText('Group 7 of the recovery key') && step < 20; step += 1) await user.tab();
  await user.keyboard(`${groupText(7)}{Enter}`);
  await main().findByText(/of 10 match/);
  await press(() => button('Start the first backup'));
  await vi.waitFor(() => expect(said()).toContain('Protected'), 10_000);
  await press(() => button('Go to Overview'));
  expect(app.setup.going).toBe(false);
});
