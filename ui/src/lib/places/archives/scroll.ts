import { fromTop } from '../../shell/from-top';

/** Room left above, for a heading that stays. */
const MARGIN = 48;

/** Scrolls this box and nothing round it, and only where the thing is out of sight. */
export function keepInView(box: HTMLElement | null, thing: Element | null | undefined): void {
  if (!box || !thing) return;
  const outer = box.getBoundingClientRect();
  const inner = thing.getBoundingClientRect();
  if (inner.top >= outer.top + MARGIN && inner.bottom <= outer.bottom) return;
  box.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
}

/** Who goes on by keyboard or by ear begins at the top of what came in place of what they pressed. */
export function focusPlace(): void {
  fromTop(document.querySelector<HTMLElement>('main'));
}
