import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { places } from '../src/lib/places/registry';
import { open, settled, sound } from './open';
import Breaks from './probes/Breaks.svelte';
import Hint from './probes/Hint.svelte';
import Probe from './probes/Probe.svelte';

const probe = { id: 'probe', name: 'Probe', question: 'Is it there?', icon: 'search', component: Probe, order: 90 } as const;
const breaks = { ...probe, id: 'breaks', name: 'Breaks', component: Breaks, order: 91 };
const broken = globalThis as { mended?: boolean };

beforeAll(() => void places.push(probe, breaks));
afterAll(() => void places.splice(places.indexOf(probe), 2));
beforeEach(() => {
  broken.mended = false;
});

const digitOf = (place: unknown) => places.indexOf(place as never) + 1;

describe('places in the window', () => {
  test('a digit leads to its place, which takes the focus and the title', async () => {
    await open('calm');
    await userEvent.setup().keyboard(`{Control>}${digitOf(probe)}{/Control}`);
    await vi.waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Probe'));
    await vi.waitFor(() => expect(screen.getByRole('main')).toHaveFocus());
    expect(document.title).toBe('Probe - Protected - Holdfast');
    expect(screen.getByRole('link', { name: 'Probe' })).toHaveAttribute('aria-current', 'page');
    await sound();
  });

  test('Alt does as well as Ctrl, and the rail is reached by tab', async () => {
    await open('calm', 'probe');
    const user = userEvent.setup();
    await user.keyboard('{Alt>}1{/Alt}');
    await vi.waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Am I safe?'));
    document.body.focus();
    const link = screen.getByRole('link', { name: 'Probe' });
    for (let step = 0; document.activeElement !== link && step < 20; step += 1) await user.tab();
    expect(link).toHaveFocus();
  });

  test('a place gets what comes behind it in the address', async () => {
    const { app } = await open('calm', 'probe/chatbot_2026/data%2Fuploads');
    expect(screen.getByText('path: chatbot_2026 | data/uploads')).toBeInTheDocument();
    app.router.go('probe', 'a/b', 'c');
    await settled();
    expect(screen.getByText('path: a/b | c')).toBeInTheDocument();
  });

  test('a slash leads to the search, and is written there', async () => {
    await open('calm', 'probe');
    const user = userEvent.setup();
    await user.keyboard('/');
    expect(screen.getByLabelText('Search')).toHaveFocus();
    await user.keyboard('a/?');
    expect(screen.getByLabelText('Search')).toHaveValue('a/?');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  test('a place that breaks says what happened, what still works, and opens again', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await open('calm', 'breaks');
    expect(screen.getByText('This place came to a point that it should not reach')).toBeInTheDocument();
    expect(screen.getByText(/The other places work/)).toBeInTheDocument();
    expect(said).toHaveBeenCalled();
    await sound();
    const user = userEvent.setup();
    await user.click(screen.getByRole('button', { name: 'Technical cause' }));
    expect(screen.getByText('row 7 has no name')).toBeVisible();
    broken.mended = true;
    await user.click(screen.getByRole('button', { name: 'Open it again' }));
    expect(await screen.findByRole('heading', { name: 'Mended' })).toBeInTheDocument();
    said.mockRestore();
  });

  test('the tray can ask for a place', async () => {
    const { backend } = await open('calm');
    backend.world.tell({ event: 'show-place', place: 'probe' });
    await vi.waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Probe'));
  });

  test('what changes is said aloud', async () => {
    const { app, backend } = await open('attention', 'probe');
    const { overview } = backend;
    backend.overview = async (args) => ({ ...(await overview(args)), state: 'at-risk', reason: 'The disk is full.' });
    await app.status.load();
    await vi.waitFor(() => expect(within(document.body).getByRole('status')).toHaveTextContent('At risk. The disk is full.'));
  });
});

describe('Tooltip', () => {
  test('shows for who comes by keyboard too', async () => {
    render(Hint);
    await userEvent.setup().tab();
    expect(screen.getByRole('button', { name: 'Pinned' })).toHaveFocus();
    await vi.waitFor(() => expect(screen.getAllByText('Kept for ever').length).toBeGreaterThan(0), 3000);
    await sound();
  });
});
