import type { ArchiveInfo } from './archives';
import type { ArchiveName, DeploymentName, Note, Outcome, Path, Timestamp } from './common';

export type SafetyState = 'protected' | 'attention' | 'at-risk';

export interface StatusAnswer {
  outcome: Outcome;
  deployments: DeploymentStatus[];
  problems: Note[];
}

export interface DeploymentStatus {
  deployment: DeploymentName;
  state: SafetyState;
  reason: string;
  next_step: string | null;
  restorable_as_of: Timestamp | null;
  newest: ArchiveInfo | null;
  archives: number;
  stored_bytes: number;
  next_due: Timestamp | null;
  roots: Path[];
  destination: Path;
  destination_there: boolean;
  free_bytes: number | null;
  copies: Standing[];
  preserved: Preserved[];
  kit_proven: Timestamp | null;
  people: string[];
}

export type DestinationKind = 'folder' | 'drive' | 'cloud';

export interface Standing {
  name: string;
  id: string;
  kind: DestinationKind;
  /** Whether archives are made here; the others get copies. */
  first: boolean;
  there: boolean;
  away?: string;
  path: Path;
  file_system: string;
  free_bytes: number | null;
  archives: number;
  stored_bytes: number;
  due: number;
  due_bytes: number;
  newest: Timestamp | null;
}

export interface Preserved {
  archive: ArchiveName;
  at: Timestamp;
  paths: Path[];
}
