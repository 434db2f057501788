import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { failure, groupText, type FakeBackend } from '../../src/lib/backend/fake';
import { open, settled, sound } from '../open';

const main = () => within(screen.getByRole('main'));
const button = (name: string | RegExp) => main().getByRole('button', { name });
const said = () => screen.getByRole('main').textContent?.replace(/\s+/g, ' ') ?? '';
const PASSPHRASE = 'lantern-granite-otter-tide-11';
const user = userEvent.setup();

async function begin(change?: (backend: FakeBackend) => void, story: 'empty' | 'bare' | 'huge' = 'empty') {
  const opened = await open(story, 'overview', 100, change);
  if (story === 'huge') opened.app.setup.begin();
  else await user.click(button(/Protect this computer/));
  await vi.waitFor(() => expect(opened.app.setup.finding.busy).toBe(false), 5000);
  return opened;
}

/** As far as the page with the keys. */
async function toKeys(change?: (backend: FakeBackend) => void, story: 'empty' | 'bare' = 'empty') {
  const opened = await begin(change, story);
  if (story === 'bare') await user.click(button('Add a folder…'));
  await vi.waitFor(() => expect(button('Go on')).toBeEnabled(), 5000);
  await user.click(button('Go on'));
  await vi.waitFor(() => expect(button('Go on')).toBeEnabled(), 5000);
  await user.click(button('Go on'));
  return opened;
}

async function typePassphrase(again = PASSPHRASE) {
  await user.type(main().getByLabelText('Passphrase', { selector: 'input' }), PASSPHRASE);
  await user.type(main().getByLabelText('The same again'), again);
}

async function toKit(change?: (backend: FakeBackend) => void, story: 'empty' | 'bare' = 'empty') {
  const opened = await toKeys(change, story);
  await typePassphrase();
  await vi.waitFor(() => expect(button('Set up chatbot')).toBeEnabled());
  await user.click(button('Set up chatbot'));
  await vi.waitFor(() => expect(main().getByRole('button', { name: 'Print…' })).toBeInTheDocument());
  return opened;
}

describe('Welcome', () => {
  test('two ways, and nothing else', async () => {
    await open('empty');
    expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('What do you want to do?');
    expect(main().getAllByRole('button')).toHaveLength(2);
    expect(screen.queryByRole('navigation')).toBeNull();
    await sound();
  });

  test('restoring needs no set-up', async () => {
    await open('empty');
    await user.click(button(/Restore from an archive/));
    expect(location.hash).toBe('#/recover/drive');
    expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('Start from a drive');
  });

  test('another chatbot can be protected later, and that can be left', async () => {
    const { app } = await open('calm');
    app.setup.going = true;
    await settled();
    await user.click(button('Close'));
    expect(main().getByText('Protected')).toBeInTheDocument();
  });
});

describe('What was found', () => {
  test('says what it is, what is in it, what is left out, and what opens other things', async () => {
    await begin();
    await vi.waitFor(() => expect(said()).toContain('Open WebUI, 4.2 GB'), 5000);
    for (const words of ['/srv/chatbot', '434 MB', 'webui.db', '11.0 GB', '/srv/chatbot/.webui_secret_key', 'everybody has to log in again']) {
      expect(said()).toContain(words);
    }
    expect(document.querySelectorAll('main .btn.primary')).toHaveLength(1);
    await sound();
  });

  test('what is left out can be put in, and taken out again', async () => {
    const { app } = await begin();
    const box = await main().findByRole('checkbox', { name: 'Put in: /srv/chatbot/cache/whisper' });
    await user.click(box);
    await vi.waitFor(() => expect(said()).toContain('Open WebUI, 5.8 GB'), 5000);
    expect(app.setup.draft.include).toEqual(['/srv/chatbot/cache/whisper']);
    await user.click(main().getByRole('checkbox', { name: 'Put in: /srv/chatbot/cache/whisper' }));
    await vi.waitFor(() => expect(said()).toContain('Open WebUI, 4.2 GB'), 5000);
  });

  test('without a folder there is no way on', async () => {
    await begin();
    for (const path of ['/srv/chatbot', '/etc/open-webui.env']) await user.click(await main().findByRole('checkbox', { name: path }));
    await vi.waitFor(() => expect(button('Go on')).toBeDisabled());
    expect(said()).toContain('Tick a folder, or add one.');
  });

  test('a name that cannot be is told at its field, and one that can is offered', async () => {
    const { app } = await begin();
    const name = await main().findByLabelText('What it is called here');
    await vi.waitFor(() => expect(button('Go on')).toBeEnabled(), 5000);
    expect(name).toHaveAccessibleDescription(/small letters, digits, - and \./);
    await user.clear(name);
    await user.type(name, 'My Bot');
    await vi.waitFor(() => expect(name).toHaveAccessibleDescription(/cannot be called that/), 5000);
    await user.tab();
    await vi.waitFor(() => expect(app.setup.planning.busy).toBe(false), 5000);
    // All else is still there, and so is the way on.
    expect(main().getByRole('heading', { name: 'What is in it' })).toBeInTheDocument();
    expect(button('Go on')).toBeDisabled();
    expect(said()).toContain('First put right what is marked');
    expect(said()).not.toContain('Tick a folder, or add one.');
    await sound();
    await user.click(button('Call it my-bot'));
    expect(name).toHaveValue('my-bot');
    await vi.waitFor(() => expect(button('Go on')).toBeEnabled(), 5000);
    expect(app.setup.preview?.deployment).toBe('my-bot');
  });

  test('nothing goes on while patterns leave nothing, and what would be missed is meant first', async () => {
    await begin();
    const never = await main().findByLabelText('Never back up');
    const goOn = () => main().getByRole('button', { name: 'Go on' });
    await user.type(never, '*');
    await user.tab();
    await vi.waitFor(() => expect(never).toHaveAccessibleDescription(/Nothing would be protected/), 5000);
    await vi.waitFor(() => expect(goOn()).toBeDisabled(), 5000);
    await user.clear(never);
    await user.type(never, '*.db');
    await user.tab();
    expect(await main().findByText(/webui\.db, the conversations, would be in no archive/)).toBeInTheDocument();
    expect(goOn()).toBeDisabled();
    await user.click(main().getByRole('checkbox', { name: 'Leave it out all the same' }));
    await vi.waitFor(() => expect(goOn()).toBeEnabled(), 5000);
  });

  test('so is a pattern, and whatever else the engine refuses leaves the fields', async () => {
    let refuse = false;
    await begin((backend) => {
      const { plan_setup } = backend;
      backend.plan_setup = (args, onProgress) =>
        refuse
          ? { id: 'x', cancel: async () => undefined, result: Promise.reject(failure('bad-request', 'x', 'x', 'It was refused.', 'Change it.')) }
          : plan_setup(args, onProgress);
    });
    const never = await main().findByLabelText('Never back up');
    await user.type(never, '*.tmp [[x');
    await vi.waitFor(() => expect(never).toHaveAccessibleDescription(/^“\[x” is no pattern: a \[ is not closed\./), 5000);
    await user.tab();
    expect(main().getByLabelText('What it is called here')).toBeInTheDocument();
    await user.clear(never);
    refuse = true;
    await user.tab();
    await vi.waitFor(() => expect(main().getByRole('alert')).toHaveTextContent('It was refused.'), 5000);
    expect(main().getByLabelText('What it is called here')).toBeInTheDocument();
    refuse = false;
    await user.click(button('Try again'));
    await vi.waitFor(() => expect(button('Go on')).toBeEnabled(), 5000);
  });

  test('how it was found is there for who asks, and a secret that is kept elsewhere is set aside', async () => {
    const { app } = await begin(undefined, 'huge');
    await vi.waitFor(() => expect(said()).toContain('The secret WEBUI_SECRET_KEY is not in what is protected.'), 5000);
    expect(main().getByText('How it was found').closest('details')).not.toHaveAttribute('open');
    await user.click(main().getByRole('checkbox', { name: 'WEBUI_SECRET_KEY is kept elsewhere, or not used' }));
    await vi.waitFor(() => expect(said()).not.toContain('is not in what is protected'), 5000);
    expect(app.setup.draft.aside).toEqual(['WEBUI_SECRET_KEY']);
    await sound();
  });

  test('nothing found: says where it looked, and takes a folder', async () => {
    await begin(undefined, 'bare');
    expect(said()).toContain('No chatbot was found by itself');
    expect(said()).toContain('Looked in /home/mara, /srv, /opt, /var/lib.');
    expect(said()).toContain('/var/lib/docker/volumes may not be read');
    await sound();
    await user.click(button('Add a folder…'));
    await vi.waitFor(() => expect(said()).toContain('Your folders, 4.2 GB'), 5000);
    expect(button('Go on')).toBeEnabled();
  });

  test('several: one is chosen', async () => {
    const { app } = await begin(undefined, 'huge');
    expect(said()).toContain('2 chatbots found. Which one?');
    await user.click(main().getByRole('radio', { name: /SillyTavern/ }));
    await vi.waitFor(() => expect(app.setup.draft.name).toBe('tavern'));
    expect(main().getByRole('checkbox', { name: '/home/mara/SillyTavern/data' })).toBeChecked();
    await sound();
  });

  test('a server and a secret outside are told, and the secret is added with a press', async () => {
    const { app } = await begin((backend) => {
      const { plan_setup } = backend;
      backend.plan_setup = (args, onProgress) => {
        const job = plan_setup(args, onProgress);
        const secrets = [{ path: '/etc/bot/token', what: null, outside: true, left_out: false }];
        return { ...job, result: job.result.then((planned) => ({ ...planned, preview: { ...planned.preview, servers: ['postgres'], secrets } })) };
      };
    });
    await vi.waitFor(() => expect(said()).toContain('which files do not hold: postgres'), 5000);
    await user.click(button('Add it'));
    expect(app.setup.draft.roots.map((root) => root.path)).toContain('/etc/bot/token');
  });

  test('a database server that is saved otherwise is settled with a tick', async () => {
    const wanted: string[][] = [];
    const problem = { code: 'server-not-captured', severity: 'notice', subject: 'postgres', cause: 'compose', title: 'postgres is not captured.', next_step: 'Dump it.' } as const;
    await begin((backend) => {
      const { plan_setup } = backend;
      backend.plan_setup = (args, onProgress) => {
        wanted.push(args.without_servers ?? []);
        const problems = args.without_servers?.includes('postgres') ? [] : [problem];
        const job = plan_setup(args, onProgress);
        return { ...job, result: job.result.then((planned) => ({ ...planned, preview: { ...planned.preview, problems } })) };
      };
    });
    const box = () => main().getByRole('checkbox', { name: 'postgres: saved otherwise, or not used' });
    await vi.waitFor(() => expect(box()).not.toBeChecked(), 5000);
    await user.click(box());
    await vi.waitFor(() => expect(wanted.at(-1)).toEqual(['postgres']), 5000);
    await user.click(box());
    await vi.waitFor(() => expect(wanted.at(-1)).toEqual([]), 5000);
    await sound();
  });

  test('a search that fails leaves the way by hand', async () => {
    await begin((backend) => {
      backend.find = () => ({ id: 'x', cancel: async () => undefined, result: Promise.reject(failure('internal', 'find', 'it stopped', 'The search stopped.', 'Show the folder.')) });
    });
    expect(main().getByRole('alert')).toHaveTextContent('The search stopped.');
    expect(button('Add a folder…')).toBeEnabled();
    await sound();
  });
});

describe('Where to keep archives', () => {
  async function toWhere(change?: (backend: FakeBackend) => void, story: 'empty' | 'bare' = 'empty') {
    const opened = await begin(change, story);
    if (story === 'bare') await user.click(button('Add a folder…'));
    await vi.waitFor(() => expect(button('Go on')).toBeEnabled(), 5000);
    await user.click(button('Go on'));
    await vi.waitFor(() => expect(opened.app.setup.planning.state).toBe('done'), 5000);
    await settled();
    return opened;
  }

  test('proposes a drive, with its room', async () => {
    await toWhere();
    expect(main().getByRole('radio', { name: /Harbour Blue.*Suggested.*918 GB free of 1.0 TB/ })).toBeChecked();
    expect(said()).toContain('/run/media/mara/HARBOUR/Holdfast/chatbot');
    await sound();
  });

  test('the same disk is warned of, and not forbidden', async () => {
    await toWhere();
    await user.click(main().getByRole('radio', { name: /This computer/ }));
    await vi.waitFor(() => expect(said()).toContain('On the same disk as the chatbot'), 5000);
    expect(said()).toContain('Harbour Blue does not have that problem');
    expect(button('Go on')).toBeEnabled();
  });

  test('no drive: this computer is proposed, and drives show when they come', async () => {
    const { backend } = await toWhere(undefined, 'bare');
    expect(said()).toContain('No drive is plugged in.');
    expect(main().getByRole('radio', { name: /This computer/ })).toBeChecked();
    await sound();
    const plugged = { path: '/run/media/mara/STICK', label: 'STICK', file_system: 'vfat', total_bytes: 64e9, free_bytes: 61e9, writable: true, destination: null, holds_archives: false, likely: true };
    backend.drives = async () => ({ drives: [plugged] });
    backend.world.tell({ event: 'drives-changed' });
    expect(await main().findByRole('radio', { name: /STICK.*Suggested/ })).not.toBeChecked();
  });

  test('a drive that is too small, or another program’s, is not suggested', async () => {
    await toWhere((backend) => {
      const one = { file_system: 'ext4', total_bytes: 64e9, writable: true, destination: null, holds_archives: false };
      const foreign = { ...one, path: '/tmp/x/stick', label: 'foreign', free_bytes: 61e9, likely: false };
      const tiny = { ...one, path: '/run/media/mara/TINY', label: 'TINY', free_bytes: 5e9, likely: true };
      backend.drives = async () => ({ drives: [foreign, tiny] });
    });
    expect(main().getByRole('radio', { name: /foreign/ })).not.toBeChecked();
    expect(main().getByRole('radio', { name: /TINY.*too small for the about \d+\.\d GB that gather/ })).not.toBeChecked();
    expect(main().getByRole('radio', { name: /This computer.*Suggested/ })).toBeChecked();
  });

  test('a place without room is no way on', async () => {
    await toWhere((backend) => {
      const { plan_setup } = backend;
      backend.plan_setup = (args, onProgress) => {
        const job = plan_setup(args, onProgress);
        return { ...job, result: job.result.then((planned) => ({ ...planned, preview: { ...planned.preview, place: planned.preview.place && { ...planned.preview.place, free_bytes: 1e9 } } })) };
      };
    });
    expect(said()).toContain('Not enough room there');
    expect(button('Go on')).toBeDisabled();
  });

  test('archives that lie there already lead to the recovery', async () => {
    await toWhere((backend) => {
      const { plan_setup } = backend;
      backend.plan_setup = (args, onProgress) =>
        args.destination?.includes('HARBOUR')
          ? { id: 'x', cancel: async () => undefined, result: Promise.reject(failure('deployment-exists', '/x', 'archives of chatbot lie there', 'Archives of chatbot lie there already.', 'Restore from them, or take another folder.')) }
          : plan_setup(args, onProgress);
    }).catch(() => undefined);
    await vi.waitFor(() => expect(main().getByRole('alert')).toHaveTextContent('Archives of chatbot lie there already.'));
    await user.click(button('Restore from it'));
    expect(location.hash).toBe('#/recover/drive');
  });

  test('going back loses nothing', async () => {
    const { app } = await toWhere();
    await user.click(main().getByRole('radio', { name: /STICK/ }));
    await user.click(button('Back'));
    const name = main().getByLabelText('What it is called here');
    await user.clear(name);
    await user.type(name, 'harbour');
    await user.tab();
    await vi.waitFor(() => expect(button('Go on')).toBeEnabled(), 5000);
    await user.click(button('Go on'));
    expect(app.setup.draft).toMatchObject({ name: 'harbour', destination: '/run/media/mara/STICK' });
    await vi.waitFor(() => expect(main().getByRole('radio', { name: /STICK/ })).toBeChecked());
  });
});

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
    expect(await main().findByText(/^Groups? [\d and]+ of 10 match(es)?: this is the page of the key .* No archive is at hand/)).toBeInTheDocument();
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
  const press = async (name: RegExp | string) => {
    await vi.waitFor(() => expect(button(name)).toBeEnabled(), 5000);
    const wanted = button(name);
    for (let step = 0; document.activeElement !== wanted && step < 40; step += 1) await user.tab();
    expect(wanted).toHaveFocus();
    await user.keyboard('{Enter}');
  };
  await press(/Protect this computer/);
  await vi.waitFor(() => expect(app.setup.preview).not.toBeNull(), 5000);
  await press('Go on');
  await vi.waitFor(() => expect(app.setup.preview?.place).toBeTruthy(), 5000);
  await press('Go on');
  await settled();
  await user.tab();
  await user.keyboard(PASSPHRASE);
  for (let step = 0; document.activeElement !== main().getByLabelText('The same again') && step < 5; step += 1) await user.tab();
  await user.keyboard(PASSPHRASE);
  await press('Set up chatbot');
  await main().findByRole('button', { name: 'Print…' });
  await press('Print…');
  await vi.waitFor(() => expect(main().getByLabelText('Group 7 of the recovery key')).toBeInTheDocument());
  for (let step = 0; document.activeElement !== main().getByLabelText('Group 7 of the recovery key') && step < 20; step += 1) await user.tab();
  await user.keyboard(`${groupText(7)}{Enter}`);
  await main().findByText(/of 10 match/);
  await press('Start the first backup');
  await vi.waitFor(() => expect(said()).toContain('Protected'), 10_000);
  await press('Go to Overview');
  expect(app.setup.going).toBe(false);
});
