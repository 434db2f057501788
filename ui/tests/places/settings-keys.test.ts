import { screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';
import { groupText } from '../../src/lib/backend/fake';
import { sound } from '../open';
import { dialog, main, section, shown } from './settings-shown';

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
    expect(main().getByText(/a part of it typed back 21 Nov/, { selector: 'p span' })).toBeInTheDocument();
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
