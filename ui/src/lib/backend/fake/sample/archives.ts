import type { ArchiveInfo, Kind, Level } from '../../types';
import type { Story } from '../story';

const MB = 1e6;
const GB = 1e9;

/** Repeatable: the same pictures each time. */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

export function nameOf(at: Date, label: string): string {
  return `chatbot_${at.toISOString().slice(0, 19).replaceAll(':', '')}Z_${label}`;
}

interface Made {
  at: Date;
  level: Level;
  kind?: Kind;
  stored: number;
  pinned?: boolean;
  places?: string[];
}

function info({ at, level, kind = 'scheduled', stored, pinned = false, places = ['home-nas'] }: Made, full: string | null, daily: string | null): ArchiveInfo {
  const verified = new Date(at.getTime() + (level === 'full' ? 19 : 1) * 60_000).toISOString();
  return {
    name: nameOf(at, kind === 'scheduled' ? level : kind),
    deployment_id: '5f1c0b7a9e3d4c2b8a6f7e1d0c9b8a75',
    path: `/home/mara/Backups/Holdfast/chatbot/${nameOf(at, level)}.hfa`,
    level,
    kind,
    created: at.toISOString(),
    files: 1594,
    bytes: 4.2 * GB,
    stored_bytes: stored,
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    needs: level === 'full' ? [] : [level === 'hourly' ? daily : null, full].filter((name) => name !== null),
    before: null,
    branch: 'living',
    made: 'done',
    signed: true,
    pinned,
    verified: { at: verified, read_back: false, full: level === 'full', ok: true },
    captured: null,
    state: 'present',
    shares_minute: false,
    restorable: true,
    soundness: 'sound',
    away: false,
    copies: places.map((destination) => ({ destination, verified })),
  };
}

/** 49 archives, 38.2 GB, since 1 Dec 2025; newest first. The huge story has hundreds. */
export function archivesOf(story: Story, now: Date): ArchiveInfo[] {
  const day = (back: number, hour: number, minute = 0): Date =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - back, hour, minute);
  const made: Made[] = [];
  const random = chance(7);
  for (const [hour, minute, size] of [[13, 45, 14], [13, 30, 22], [13, 15, 11]] as const) {
    made.push({ at: day(0, hour, minute), level: 'hourly', stored: size * MB });
  }
  for (let index = 0; index < 6; index += 1) {
    made.push({ at: day(0, 13, -15 * index), level: 'hourly', stored: (8 + random() * 14) * MB });
  }
  made.push({ at: day(0, 11, 32), level: 'full', kind: 'manual', stored: 2.9 * GB, pinned: true, places: [] });
  for (let index = 0; index < 15; index += 1) {
    made.push({ at: day(0, 11, 30 - 15 * index), level: 'hourly', stored: (8 + random() * 14) * MB });
  }
  for (const [back, size] of [[0, 184], [1, 176], [2, 179], [3, 171], [4, 168], [5, 182], [7, 175], [8, 169]] as const) {
    made.push({ at: day(back, 2), level: 'daily', stored: size * MB });
  }
  for (let week = 0; week < 4; week += 1) {
    made.push({ at: day(6 + 7 * week, 2), level: 'full', stored: 2.9 * GB, pinned: week === 0, places: ['Harbour Blue', 'home-nas'] });
  }
  for (let month = 0; month < 11; month += 1) {
    const at = new Date(now.getFullYear(), now.getMonth() - month - 1, 1, 2);
    made.push({ at, level: 'full', stored: (2.5 - month * 0.12) * GB, places: ['Harbour Blue', 'home-nas'] });
  }
  made.push({ at: new Date(2025, 11, 1, 10, 0), level: 'full', stored: 1.04 * GB, places: ['Harbour Blue', 'home-nas'] });
  if (story === 'huge') {
    for (let back = 35; back < 340; back += 1) made.push({ at: day(back, 2), level: 'daily', stored: (150 + random() * 60) * MB });
  }
  made.sort((a, b) => b.at.getTime() - a.at.getTime());
  const fulls = made.filter((one) => one.level === 'full').map((one) => one.at);
  const dailies = made.filter((one) => one.level === 'daily').map((one) => one.at);
  // Nothing is verified in the future.
  const seen = (archive: ArchiveInfo): ArchiveInfo => {
    const at = archive.verified && new Date(archive.verified.at) > now ? archive.created : archive.verified?.at;
    return archive.verified && at ? { ...archive, verified: { ...archive.verified, at } } : archive;
  };
  const list = made.map((one) => {
    const full = fulls.find((at) => at < one.at);
    const daily = dailies.find((at) => at < one.at);
    return seen(info(one, full ? nameOf(full, 'full') : null, daily ? nameOf(daily, 'daily') : null));
  });
  if (story === 'huge') for (const one of list) Object.assign(one, { files: 300_000, bytes: 111.6 * GB });
  if (story === 'attention') {
    const sunday = list.find((one) => one.level === 'full' && one.kind === 'scheduled');
    if (sunday) Object.assign(sunday, { soundness: 'damaged', restorable: true, verified: { at: day(0, 2, 21).toISOString(), read_back: false, full: true, ok: false } });
  }
  if (story === 'damaged') {
    const broken = list.filter((one) => one.level === 'full' && one.kind === 'scheduled')[1];
    if (broken) Object.assign(broken, { soundness: 'damaged', restorable: false, verified: { at: day(0, 2, 21).toISOString(), read_back: false, full: true, ok: false } });
    for (const one of list) if (broken && one.needs.includes(broken.name)) Object.assign(one, { soundness: 'needs-damaged', restorable: false });
  }
  return story === 'risk' ? [] : list;
}
