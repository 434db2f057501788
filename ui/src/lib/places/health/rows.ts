import type { App } from '../../app.svelte';
import type { Checkup, KeyAnswer, Matter } from '../../backend/types';
import { dateWords } from '../../format';
import { canFollow, follow } from '../../shell/acts';
import { words } from '../../words';

const t = words.health;
const ORDER = ['failing', 'warning', 'unknown', 'ok'];

export interface Row extends Checkup {
  /** Of the list: two checks may have one name. */
  id: string;
  label: string;
}

function ofKit(key: KeyAnswer, now: Date): Checkup {
  const base = { name: 'kit', deployment: key.deployment };
  if (key.kit_proven === null) return { ...base, state: 'warning', seen: t.kit.notProven, next_step: t.kit.notProvenNext };
  return { ...base, state: 'ok', seen: t.kit.proven(dateWords(new Date(key.kit_proven), now)), next_step: null };
}

/** What Overview says needs the person is said here too, where no check says it: the two never disagree. */
function ofMatter({ about, act, said, state, text }: Matter, deployment: string): Checkup | null {
  if (about === 'chatbot' || (act && COVERED.has(act.act))) return null;
  const check = { name: about, deployment, state: state === 'at-risk' ? 'failing' : 'warning', seen: said.title } as const;
  return act ? { ...check, next_step: text, act } : { ...check, next_step: said.next_step };
}

/** The doctor sees these himself. */
const COVERED = new Set(['rebuild-catalog', 'make-room', 'restore-root', 'prove-kit']);

/** All checks, the worst first, otherwise in the order in which they were made. */
export function rowsOf(app: App): Row[] {
  let checks = [...(app.health.checks.answer?.doctor.checks ?? [])];
  const { deployment } = app.status;
  const key = app.keys.key.answer;
  if (deployment && checks.length > 0) {
    const matters = app.status.failure ? [] : (app.status.overview.answer?.matters ?? []);
    const said = matters.flatMap((matter) => ofMatter(matter, deployment) ?? []);
    // Whoever says what is to be done says it better than the count.
    if (said.some((check) => check.name === 'archives')) checks = checks.filter((check) => check.name !== 'archives');
    checks.push(...said);
    if (key) checks.push(ofKit(key, app.clock.now));
  }
  return checks
    .map((check, index) => ({ ...check, id: `${index}`, label: t.names[check.name] ?? check.name }))
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

export interface Act {
  label: string;
  run: () => void;
}

/** What puts a check right with one press, where the window has it. */
export function actOf(app: App, check: Checkup): Act | null {
  const go = (label: string, place: string, ...path: string[]): Act => ({ label, run: () => app.router.go(place, ...path) });
  const { act } = check;
  if (act) return canFollow(app, act) ? { label: act.label, run: () => follow(app, act, check.name) } : null;
  switch (check.name) {
    case 'catalog':
      return { label: words.common.rebuild.label, run: () => void app.matters.run('catalog', 'rebuild-catalog') };
    case 'free space':
      return go(t.acts.room, 'settings', 'retention', 'room');
    case 'destination':
    case 'recovery key':
      return go(t.acts.places, 'settings', 'places');
    case 'folder':
      return go(t.acts.roots, 'settings', 'deployment', 'roots');
    case 'keys':
    case 'keyring':
      return go(t.acts.keys, 'settings', 'keys');
    case 'kit':
      return go(t.acts.prove, 'settings', 'keys', 'kit');
    case 'archives':
      return go(t.acts.overview, 'overview');
    default:
      return null;
  }
}
