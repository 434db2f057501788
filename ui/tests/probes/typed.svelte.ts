/** What a place hands in: it lives outside of the component. */
export function typedTwice(): { first: string; again: string } {
  const value = $state({ first: '', again: '' });
  return value;
}
