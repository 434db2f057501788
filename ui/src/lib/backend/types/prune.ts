import type { ArchiveName, Kind, Level, Note, Outcome, Timestamp } from './common';

export interface PrunePreview {
  outcome: Outcome;
  deployment: string;
  dry_run: boolean;
  archives: PruneItem[];
  removed_count: number;
  freed_bytes: number;
  copies: CopiesItem[];
  finished: ArchiveName[];
  alarm: string | null;
  problems: Note[];
}

export interface CopiesItem {
  destination: string;
  archives: PruneItem[];
  removed_count: number;
  freed_bytes: number;
}

export interface PruneItem {
  name: ArchiveName;
  created: Timestamp;
  level: Level;
  kind: Kind;
  stored_bytes: number;
  keep: boolean;
  reasons: string[];
}

export interface PruneAnswer {
  outcome: Outcome;
  deployment: string;
  dry_run: boolean;
  removed: ArchiveName[];
  kept: PruneItem[];
  freed_bytes: number;
  copies: { destination: string; removed: ArchiveName[]; freed_bytes: number }[];
  finished: ArchiveName[];
  alarm: string | null;
  problems: Note[];
}
