// Finds what a person would take by its name: [name, what]. Under an open dialog or menu nothing can be reached.
const [wanted, what] = arguments;
const plain = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const shown = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility === 'visible';
const nameOf = (element) =>
  plain(
    element.getAttribute('aria-label') ||
      [...(element.labels ?? [])].map((label) => label.innerText).join(' ') ||
      element.innerText ||
      element.getAttribute('title'),
  );
const free = (element) => shown(element) && !element.disabled && element.getAttribute('aria-disabled') !== 'true';
const above = [...document.querySelectorAll('[role=dialog], [role=menu]')].filter(shown).pop();
const all = [...(above ?? document).querySelectorAll(what)].filter(free);
const saysMore = (element) => element.getAttribute('role') === 'radio' || element.type === 'radio' || element.tagName === 'A';
return (
  all.find((element) => nameOf(element) === wanted) ??
  all.find((element) => nameOf(element).startsWith(wanted)) ??
  all.find((element) => saysMore(element) && nameOf(element).includes(wanted)) ??
  null
);
