import { createRawSnippet } from 'svelte';

/** A piece of text where a component takes a snippet. */
export const text = (words: string) => createRawSnippet(() => ({ render: () => `<span>${words}</span>` }));
