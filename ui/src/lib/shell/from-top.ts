/** Who comes to a place begins at its top, by eye, by keyboard and by ear: with large text all of the window scrolls as one page. */
export function fromTop(main: HTMLElement | null): void {
  const page = document.scrollingElement ?? document.documentElement;
  page.scrollTop = 0;
  main?.focus({ preventScroll: true });
}
