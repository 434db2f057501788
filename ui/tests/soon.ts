import { configure } from '@testing-library/svelte';
import { vi } from 'vitest';

const PATIENCE_MS = 15_000;
// Whether a thing can be seen is asked for each of thousands of elements otherwise, and jsdom is slow at it.
configure({ asyncUtilTimeout: PATIENCE_MS, defaultHidden: true });

/** Until it holds. Patient, because a machine that builds beside it is slow; what holds at once costs nothing. */
export const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: PATIENCE_MS, interval: 25 });
