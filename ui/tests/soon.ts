import { configure } from '@testing-library/svelte';
import { beforeEach, vi } from 'vitest';

/** Until it holds. */
export const soon = (check: () => void): Promise<void> => vi.waitFor(check);

/** For places of thousands of elements: whether each of them can be seen is not asked when one is looked for. */
export function unseenToo(): void {
  beforeEach(() => configure({ defaultHidden: true }));
}
