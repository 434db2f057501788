import { screen } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import { failure, type FakeBackend } from '../../src/lib/backend/fake';
import { open, settled, sound } from '../open';
import { begin, button, main, said, user } from './setup-steps';

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
    await user.click(main().getByRole('button', { name: 'First say whether that is meant' }));
    expect(main().getByRole('checkbox', { name: 'Leave it out all the same' })).toHaveFocus();
    await user.click(main().getByRole('checkbox', { name: 'Leave it out all the same' }));
    await vi.waitFor(() => expect(goOn()).toBeEnabled(), 5000);
  });

  test('who leaves a field by pressing Go on goes on', async () => {
    const { app } = await begin();
    const never = await main().findByLabelText('Never back up');
    await user.type(never, '*.db');
    await vi.waitFor(() => expect(button('Go on')).toBeDisabled(), 5000);
    await user.clear(never);
    await vi.waitFor(() => expect(app.setup.preview?.left_out.some((one) => one.by_pattern) ?? false).toBe(false), 5000);
    await new Promise((done) => setTimeout(done, 1500));
    await vi.waitFor(() => expect(button('Go on')).toBeEnabled(), 5000);
    expect(never).toHaveFocus();
    await user.click(button('Go on'));
    expect(app.setup.step).toBe('where');
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
    expect(main().getByRole('radio', { name: /TINY.*may be too small: up to about \d+\.\d GB gather/ })).not.toBeChecked();
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
