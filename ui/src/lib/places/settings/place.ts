import { words } from '../../words';
import type { Place } from '../registry';
import Settings from './Settings.svelte';

export const place: Place = {
  id: 'settings',
  name: words.settings.name,
  question: words.settings.question,
  icon: 'settings',
  component: Settings,
  order: 6,
};
