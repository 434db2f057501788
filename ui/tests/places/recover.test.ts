import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { failure, type FakeBackend, type Story } from '../../src/lib/backend/fake';
import { press, tabTo } from '../by-keyboard';
import { open, settled, sound } from '../open';

const main = () => within(screen.getByRole('main'));
const button = (name: string | RegExp) => main().getByRole('button', { name });
const said = () => screen.getByRole('main').textContent?.replace(/\s+/g, ' ') ?? '';
const user = userEvent.setup();

async function begin(story: Story = 'empty', change?: (backend: FakeBackend) => void) {
  const opened = await open(story, 'recover/drive', 100, change);
  await vi.waitFor(() => expect(opened.app.recover.found ?? opened.app.recover.failure).not.toBeNull());
  await settled();
  return opened;
}

async function toKey(story: Story = 'empty', change?: (backend: FakeBackend) => void) {
  const opened = await begin(story, change);
  await user.click(button('Go on'));
  return opened;
}

async function unlock(text = 'right') {
  const field = main().getByLabelText('Passphrase', { selector: 'input' });
  await user.clear(field);
  await user.type(field, `${text}{Enter}`);
}

async function toPlace(story: Story = 'empty', change?: (backend: FakeBackend) => void) {
  const opened = await toKey(story, change);
  await unlock();
  await vi.waitFor(() => expect(opened.app.recover.step).toBe('moment'), 5000);
  await user.click(button('Go on'));
  return opened;
}

async function toPreview(story: Story = 'empty', change?: (backend: FakeBackend) => void) {
  const opened = await toPlace(story, change);
  await user.click(button('Preview'));
  await vi.waitFor(() => expect(opened.app.recover.planning.answer).not.toBeNull(), 5000);
  await settled();
  return opened;
}

describe('Recover', () => {
  test('cards: what works, in the person’s words, and whether the drive is there', async () => {
    await open('calm', 'recover');
    await settled();
    expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('What do I do now?');
    expect(main().getByRole('link', { name: /The computer is gone/ })).toHaveAttribute('href', '#/recover/drive');
    expect(said()).toContain('Harbour Blue is plugged in');
    expect(said()).not.toContain('Someone else was in here');
    await sound();
  });

  test('a drive that holds no archives is not called absent', async () => {
    await open('calm', 'recover', 100, (backend) => {
      const { drives } = backend;
      backend.drives = async (args) => {
        const answer = await drives(args);
        return { ...answer, drives: answer.drives.slice(0, 1).map((drive) => ({ ...drive, label: 'tiny', holds_archives: false })) };
      };
    });
    await settled();
    expect(said()).toContain('No drive with archives found; tiny holds none');
    expect(said()).not.toContain('No drive plugged in');
  });

  test('the folder of the chatbot is gone: one card says that, and leads to all of the newest', async () => {
    await open('calm', 'recover', 100, (backend) => {
      const { overview } = backend;
      backend.overview = async (args) => {
        const answer = await overview(args);
        const said = failure('root-missing', '/srv/chatbot', 'it is not there', '/srv/chatbot is not there.', 'Mount it.').failure;
        return { ...answer, matters: [{ id: 'root-missing', state: 'attention' as const, said, text: 'It cannot be backed up.', about: 'chatbot' as const, act: null, also: null }] };
      };
    });
    await settled();
    const card = main().getByRole('link', { name: /its folder is gone.*Its folder is not there now/ });
    expect(card).toHaveAttribute('href', '#/archives/latest/restore');
    expect(main().getByRole('link', { name: /Something is missing/ })).toHaveAttribute('href', '#/archives/latest');
    await sound();
  });

  test('without any drive', async () => {
    await open('bare', 'recover/drive');
    await settled();
    expect(said()).toContain('No drive is plugged in');
    expect(button('Go on')).toBeDisabled();
    await sound();
  });
});

describe('Find', () => {
  test('the only drive with archives is looked at by itself', async () => {
    await begin();
    expect(said()).toContain('chatbot: 45 archives found');
    // Figures with colons read as hours to one, as minutes to another.
    expect(main().getByRole('timer')).toHaveTextContent(/Under 1 min of 4 h.*Goal: back by \d\d:\d\d.*4 h left of it/);
    expect(main().getByRole('timer')).not.toHaveTextContent(/\d:\d\d of/);
    expect(said()).toContain('45 archives found on Harbour Blue');
    await sound();
  });

  test('a drive without archives says so, and another can be taken', async () => {
    await begin();
    await user.click(main().getByRole('radio', { name: /STICK/ }));
    await vi.waitFor(() => expect(main().getByRole('alert')).toHaveTextContent('No archives were found'));
    expect(button('Go on')).toBeDisabled();
    await user.click(main().getByRole('radio', { name: /Harbour Blue/ }));
    await vi.waitFor(() => expect(button('Go on')).toBeEnabled());
  });

  test('several chatbots: one is chosen', async () => {
    await begin('huge');
    expect(said()).toContain('Which chatbot should come back?');
    expect(button('Go on')).toBeDisabled();
    await user.click(main().getByRole('radio', { name: /tavern/ }));
    expect(said()).toContain('tavern: 12 archives found');
    expect(button('Go on')).toBeEnabled();
  });
});

describe('Unlock', () => {
  test('three wrong ones, calmly: nothing is locked, and the paper is offered', { timeout: 60_000 }, async () => {
    const { app } = await toKey();
    for (const count of [1, 2]) {
      await unlock('wrong');
      await vi.waitFor(() => expect(said()).toContain(`${count === 1 ? '' : '2 tries did not fit. '}Nothing is locked and nothing is lost: try as often as you like.`), 5000);
      expect(said()).not.toContain('of 3');
    }
    await unlock('wrong');
    await vi.waitFor(() => expect(said()).toContain('3 tries did not fit.'), 5000);
    await sound();
    await user.click(button('Take the recovery kit instead'));
    expect(main().getByLabelText('Group 1')).toBeInTheDocument();
    await user.click(main().getByRole('radio', { name: /The passphrase/ }));
    await unlock();
    await vi.waitFor(() => expect(app.recover.step).toBe('moment'), 5000);
  });

  test('who comes here begins to type', async () => {
    await toKey();
    await vi.waitFor(() => expect(main().getByLabelText('Passphrase', { selector: 'input' })).toHaveFocus());
  });

  test('a whole key that is pasted fills the groups, and a wrong group is shown', async () => {
    const { app } = await toKey();
    await user.click(main().getByRole('radio', { name: /recovery kit on paper/ }));
    await user.click(main().getByLabelText('Group 1'));
    await user.paste(`AGE-SECRET-KEY-1 ${Array.from({ length: 10 }, (_, index) => `${index === 9 ? 'abcd' : `abcde${index}`} ${index === 2 ? 'XX' : 'qq'}`).join('\n')}`);
    expect(main().getByLabelText('Group 3')).toHaveValue('ABCDE2XX');
    expect(main().getByLabelText('Group 10')).toHaveValue('ABCDQQ');
    await user.click(button('Open'));
    await vi.waitFor(() => expect(said()).toContain('Group 3 is not as it is printed.'), 5000);
    expect(main().getByLabelText('Group 3')).toBeInvalid();
    expect(app.recover.opened).toBeNull();
    await sound();
  });

  test('the key as a file: only its path comes into the window', async () => {
    const open = vi.fn();
    await toKey('empty', (backend) => {
      const real = backend.recover_open;
      backend.recover_open = (args, onProgress) => {
        open(args.keys);
        return real(args, onProgress);
      };
    });
    await user.click(main().getByRole('radio', { name: /as a file/ }));
    await user.click(button('Choose the file…'));
    expect(await main().findByText(/recovery-key.txt/)).toBeInTheDocument();
    await user.click(button('Open'));
    expect(open).toHaveBeenCalledWith(expect.objectContaining({ passphrase: null, identity: null, identity_file: '/run/media/mara/STICK/recovery-key.txt' }));
  });

  test('with the printed key: who wrote them is asked, and going on without is a choice of its own', { timeout: 60_000 }, async () => {
    const { app } = await toKey();
    await user.click(main().getByRole('radio', { name: /as a file/ }));
    await user.click(button('Choose the file…'));
    await user.click(button('Open'));
    await vi.waitFor(() => expect(said()).toContain('They are open. Who wrote them?'), 5000);
    await user.type(main().getByLabelText('Signing key'), 'nonsense{Enter}');
    await vi.waitFor(() => expect(main().getByLabelText('Signing key')).toHaveAccessibleDescription(/That is no signing key/), 5000);
    await user.click(main().getByRole('radio', { name: /It cannot be checked/ }));
    expect(button('Go on without')).toBeDisabled();
    await sound();
    await user.click(main().getByRole('checkbox', { name: 'I know where this drive was, and who had it' }));
    await user.click(button('Go on without'));
    await vi.waitFor(() => expect(app.recover.step).toBe('moment'), 5000);
    await user.click(button('Go on'));
    // Only the printed key is here: going on with backups needs a passphrase.
    expect(said()).toContain('A new passphrase');
    expect(button('Preview')).toBeDisabled();
    await user.click(main().getByRole('checkbox', { name: 'Protect it here from then on' }));
    expect(button('Preview')).toBeEnabled();
  });
});

describe('Moment and place', () => {
  test('the newest good one is proposed, and those that cannot be used say why', { timeout: 60_000 }, async () => {
    const { app } = await toKey('attention');
    await unlock();
    await vi.waitFor(() => expect(app.recover.step).toBe('moment'), 5000);
    expect(said()).toContain('As of 13:15');
    expect(said()).toContain('2 newer ones cannot be used');
    expect(main().getAllByText(/needs the daily archive of today/)).toHaveLength(2);
    const moments = main().getAllByRole('radio');
    expect(moments[0]).toBeDisabled();
    expect(moments[2]).toBeChecked();
    await sound();
    await user.click(moments[3] as HTMLElement);
    expect(said()).toContain('As of 13:00');
    await user.click(button('Go on'));
    await user.click(button('Back'));
    expect(said()).toContain('As of 13:00');
  });

  test('hundreds: the rest on demand', async () => {
    const { app } = await begin('huge');
    await user.click(main().getByRole('radio', { name: /chatbot/ }));
    await user.click(button('Go on'));
    await unlock();
    await vi.waitFor(() => expect(app.recover.step).toBe('moment'), 5000);
    expect(main().getAllByRole('radio')).toHaveLength(8);
    await user.click(button(/^All \d+ moments$/));
    expect(main().getAllByRole('radio').length).toBeGreaterThan(300);
  });

  test('each to its own place, or into a folder', async () => {
    const { app, backend } = await toPlace();
    expect(said()).toContain('/srv/chatbot');
    expect(said()).toContain('Users and groups');
    await user.click(main().getByRole('radio', { name: /Each to a place of its own/ }));
    await user.click(button('Change the place of data'));
    await vi.waitFor(() => expect(said()).toContain('was /srv/chatbot'));
    expect(app.recover.draft.moved).toEqual({ data: '/home/mara/Backups' });
    await user.click(main().getByRole('radio', { name: /Into a new folder/ }));
    expect(button('Preview')).toBeDisabled();
    await user.click(button('Choose a folder…'));
    await user.click(button('Preview'));
    await vi.waitFor(() => expect(said()).toContain('1,594 files come back'), 5000);
    expect(button('Restore 1,594 files')).toBeEnabled();
    expect(backend.world.plans.size).toBe(2);
  });
});

describe('Preview and restore', () => {
  test('says all that would change, and asks for one deliberate act', { timeout: 60_000 }, async () => {
    await toPreview('calm');
    for (const words of ['28 files come back, 10 are deleted', 'Nothing has been touched yet.', 'open-webui (process 2214) holds webui.db open', 'What is replaced is kept', 'openwebui', '200 GB free']) {
      expect(said()).toContain(words);
    }
    const act = button('Restore 28 files, delete 10');
    expect(act).toBeDisabled();
    await user.type(main().getByLabelText(/Type chatbot to go on/), 'chatbot');
    expect(act).toBeEnabled();
    expect(document.querySelectorAll('main .btn.primary')).toHaveLength(1);
    await sound();
  });

  test('whose files become is looked at again', async () => {
    await toPreview();
    const field = main().getByLabelText('Files of openwebui become those of');
    expect(field).toHaveValue('mara');
    await user.clear(field);
    await user.type(field, 'chat');
    await user.click(button('Look again'));
    await vi.waitFor(() => expect(main().getByLabelText('Files of openwebui become those of')).toHaveValue('chat'), 5000);
    expect(main().queryByRole('button', { name: 'Look again' })).toBeNull();
  });

  test('on a fresh computer: back, protected, in time', { timeout: 60_000 }, async () => {
    const { app, backend } = await toPreview();
    await user.type(main().getByLabelText(/Type chatbot to go on/), 'chatbot{Enter}');
    expect(await main().findByRole('progressbar')).toBeInTheDocument();
    expect(within(screen.getByRole('complementary')).getByText('Recovering')).toBeInTheDocument();
    await vi.waitFor(() => expect(said()).toContain('chatbot is back'), 10_000);
    for (const words of ['Start open-webui', 'http://127.0.0.1:8080/health', 'Goes on from here. 45 archives known.', 'of 4 h', 'Restored and checked']) {
      expect(said()).toContain(words);
    }
    await sound();
    expect(backend.world.setUp).toBe(true);
    await user.click(button('Go to Overview'));
    expect(app.recover.step).toBeNull();
    expect(main().getByText('Protected')).toBeInTheDocument();
  });

  test('cancelled: nothing was changed, and what was chosen is kept', { timeout: 60_000 }, async () => {
    const { app } = await toPreview();
    await user.type(main().getByLabelText(/Type chatbot to go on/), 'chatbot{Enter}');
    await user.click(await main().findByRole('button', { name: 'Cancel recovery' }));
    await vi.waitFor(() => expect(said()).toContain('Cancelled, nothing was changed'), 5000);
    await user.click(button('Look again'));
    await vi.waitFor(() => expect(app.recover.planning.answer).not.toBeNull(), 5000);
    expect(said()).toContain('1,594 files come back');
  });

  test('failed: what happened, and another moment', { timeout: 60_000 }, async () => {
    const { app } = await toPreview('error');
    await user.type(main().getByLabelText(/Type chatbot to go on/), 'chatbot{Enter}');
    await vi.waitFor(() => expect(app.recover.run.state).toBe('failed'), 10_000);
    await settled();
    expect(main().getByRole('alert')).toHaveTextContent('The archive is damaged.');
    expect(said()).toContain('Nothing was changed: the places are as they were.');
    await sound();
    await user.click(button('Take another moment'));
    expect(app.recover.step).toBe('moment');
  });

  test('a preview that cannot be made says why, and keeps what was chosen', async () => {
    const { app } = await toPlace('empty', (backend) => {
      backend.plan_recover = () => ({ id: 'x', cancel: async () => undefined, result: Promise.reject(failure('permission-denied', '/srv', 'os error 13', '/srv may not be written to.', 'Choose another place.')) });
    });
    await user.click(button('Preview'));
    await vi.waitFor(() => expect(main().getByRole('alert')).toHaveTextContent('/srv may not be written to.'));
    expect(app.recover.step).toBe('place');
    expect(app.recover.opened).not.toBeNull();
  });
});

describe('The run as a whole', () => {
  test('leaving is asked once, and lets go of everything', async () => {
    const { app, backend } = await toPreview();
    expect(backend.world.plans.size).toBe(2);
    await user.click(button('Cancel recovery'));
    const dialog = within(await screen.findByRole('dialog', { name: 'Leave this recovery?' }));
    await user.click(dialog.getByRole('button', { name: 'Leave it' }));
    await vi.waitFor(() => expect(app.recover.step).toBeNull());
    expect(backend.world.plans.size).toBe(0);
    expect(backend.world.setUp).toBe(false);
    expect(location.hash).toBe('#/recover');
  });

  test('notes stay beside it', async () => {
    await begin();
    await user.type(main().getByLabelText('Add a note'), 'The lamp went off too.{Enter}');
    expect(main().getByText('The lamp went off too.')).toBeInTheDocument();
    await user.click(button('Go on'));
    expect(main().getByText('The lamp went off too.')).toBeInTheDocument();
  });

  test('a change of place loses nothing', async () => {
    const { app } = await toPlace();
    app.router.go('recover');
    await settled();
    expect(said()).toContain('Goes on where you left it');
    await user.click(main().getByRole('link', { name: /The computer is gone/ }));
    await settled();
    expect(said()).toContain('Where should it come back to?');
  });
});

test('where the only moment holds a damaged database, nobody calls it good', async () => {
  const { app } = await toKey('calm', (backend) => {
    for (const one of backend.world.archives) one.captured = { matters: true, word: 'damaged database', said: 'The database is damaged in it.', problems: 1 };
  });
  await unlock();
  await vi.waitFor(() => expect(app.recover.step).toBe('moment'), 5000);
  expect(app.recover.best?.captured?.matters).toBe(true);
  expect(main().getByText(/not all of it is good: The database is damaged in it\./)).toBeInTheDocument();
  expect(main().queryByText('Newest good one')).toBeNull();
});

test('from the drive to the restored chatbot by keyboard alone', { timeout: 60_000 }, async () => {
  const { app } = await begin();
  await press(() => button('Go on'));
  await tabTo(() => main().getByLabelText('Passphrase', { selector: 'input' }));
  await user.keyboard('right{Enter}');
  await vi.waitFor(() => expect(app.recover.step).toBe('moment'), 5000);
  await press(() => button('Go on'));
  await press(() => button('Preview'));
  await vi.waitFor(() => expect(app.recover.planning.answer).not.toBeNull(), 5000);
  await settled();
  const typed = main().getByLabelText(/Type chatbot to go on/);
  for (let step = 0; document.activeElement !== typed && step < 40; step += 1) await user.tab();
  await user.keyboard('chatbot{Enter}');
  await vi.waitFor(() => expect(said()).toContain('chatbot is back'), 10_000);
});
