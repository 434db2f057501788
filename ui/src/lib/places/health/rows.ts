import type { App } from '../../app.svelte';
import type { ArchiveInfo, Checkup, KeyAnswer, Matter } from '../../backend/types';
import { countWords, dateWords } from '../../format';
import { words } from '../../words';

const t = words.health;
const ORDER = ['failing', 'warning', 'unknown', 'ok'];

export interface Row extends Checkup {
  /** Of the list: two checks may have one name. */
  id: string;
  label: string;
}

/** Whether archives are what was written, as far as it was looked at. */
function ofArchives(archives: ArchiveInfo[], deployment: string): Checkup {
  const base = { name: 'archives', deployment };
  if (archives.length === 0) return { ...base, state: 'failing', seen: t.archives.none, next_step: t.archives.noneNext };
  const bad = archives.filter((one) => one.soundness !== 'sound').length;
  if (bad > 0) {
    const state = archives.some((one) => one.restorable) ? 'warning' : 'failing';
    return { ...base, state, seen: t.archives.damaged(bad, archives.length), next_step: t.archives.damagedNext };
  }
  const unchecked = archives.filter((one) => one.verified === null).length;
  if (unchecked > 0) return { ...base, state: 'unknown', seen: t.archives.unchecked(unchecked, archives.length), next_step: t.archives.uncheckedNext };
  return { ...base, state: 'ok', seen: t.archives.sound(countWords(archives.length, 'archive', 'archives')), next_step: null };
}

function ofKit(key: KeyAnswer, now: Date): Checkup {
  const base = { name: 'kit', deployment: key.deployment };
  if (key.kit_proven === null) return { ...base, state: 'warning', seen: t.kit.notProven, next_step: t.kit.notProvenNext };
  return { ...base, state: 'ok', seen: t.kit.proven(dateWords(new Date(key.kit_proven), now)), next_step: null };
}

/** What Overview says needs the person is said here too, where no check says it: the two never disagree. */
function ofMatter(matter: Matter, deployment: string): Checkup | null {
  const { act, said, state } = matter;
  if (act && COVERED.has(act.act)) return null;
  const name = act?.act === 'repair-copies' || act?.act === 'full-backup' || act?.act === 'back-up-now' ? 'archives' : 'copies';
  return { name, deployment, state: state === 'at-risk' ? 'failing' : 'warning', seen: said.title, next_step: act ? matter.text : said.next_step };
}

/** The doctor sees these himself. */
const COVERED = new Set(['rebuild-catalog', 'make-room', 'restore-root', 'prove-kit']);

/** All checks, the worst first, otherwise in the order in which they were made. */
export function rowsOf(app: App): Row[] {
  const checks = [...(app.health.checks.answer?.doctor.checks ?? [])];
  const { deployment } = app.status;
  const { list } = app.archives;
  const key = app.keys.key.answer;
  if (deployment && checks.length > 0) {
    const matters = app.status.failure ? [] : (app.status.overview.answer?.matters ?? []);
    const said = matters.flatMap((matter) => ofMatter(matter, deployment) ?? []);
    checks.push(...said);
    if (list.answer && !list.failure && !said.some((check) => check.name === 'archives')) {
      checks.push(ofArchives(list.answer.archives, deployment));
    }
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
    case 'archives': {
      const matter = app.status.overview.answer?.matters.find((one) => one.act && app.matters.does(one.act.act));
      if (!matter?.act) return go(t.acts.overview, 'overview');
      const { act, label } = matter.act;
      return { label, run: () => void app.matters.run(matter.id, act) };
    }
    default:
      return null;
  }
}
