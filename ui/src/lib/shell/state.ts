import type { IconName } from '../icons/names';
import { words } from '../words';

/** The one word that window, tray and title show, and its shape. */
export type WindowState =
  'protected' | 'attention' | 'at-risk' | 'paused' | 'working' | 'copying' | 'recovering' | 'empty' | 'looking' | 'unknown';

export interface StateMark {
  word: string;
  icon: IconName;
  /** Amber and red only where the person is needed. */
  tone: 'ok' | 'warn' | 'risk' | 'quiet';
}

const SHAPES: Record<WindowState, [IconName, StateMark['tone']]> = {
  protected: ['s-ok', 'ok'],
  attention: ['s-attention', 'warn'],
  'at-risk': ['s-risk', 'risk'],
  paused: ['s-paused', 'quiet'],
  working: ['s-working', 'ok'],
  copying: ['s-working', 'ok'],
  recovering: ['s-recovering', 'ok'],
  empty: ['s-unknown', 'quiet'],
  looking: ['s-unknown', 'quiet'],
  unknown: ['s-unknown', 'quiet'],
};

export function markOf(state: WindowState): StateMark {
  const [icon, tone] = SHAPES[state];
  return { word: words.common.states[state], icon, tone };
}
