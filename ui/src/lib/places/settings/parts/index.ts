import type { Component } from 'svelte';
import type { SettingsAnswer } from '../../../backend/types';
import type { SectionId } from '../fields';
import Deployment from './Deployment.svelte';
import Help from './Help.svelte';
import Keys from './Keys.svelte';
import Machine from './Machine.svelte';
import Places from './Places.svelte';
import Retention from './Retention.svelte';
import Schedule from './Schedule.svelte';

export interface PartProps {
  /** As it is saved. What is edited is `app.settings.draft`; `typed()` then has it checked. */
  answer: SettingsAnswer;
}

export const PARTS: Record<SectionId, Component<PartProps>> = {
  deployment: Deployment,
  schedule: Schedule,
  retention: Retention,
  places: Places,
  keys: Keys,
  machine: Machine,
  help: Help,
};
