export const STORIES = ['calm', 'attention', 'working', 'risk', 'empty', 'bare', 'error', 'huge', 'locked', 'damaged', 'paused', 'alarm'] as const;
export type Story = (typeof STORIES)[number];

/** Those in which a chatbot is protected already. */
export const SET_UP = STORIES.filter((story) => story !== 'empty' && story !== 'bare');

export function storyOf(name: string | null): Story {
  return STORIES.find((story) => story === name) ?? 'calm';
}

/** Sat 21 Nov 2026, 13:48, wherever the tests run. */
const NOW = new Date(2026, 10, 21, 13, 48, 0);
const WORKING = new Date(2026, 10, 21, 13, 51, 7);

export const STORY_NOW: Record<Story, Date> = {
  calm: NOW,
  attention: NOW,
  working: WORKING,
  risk: NOW,
  empty: NOW,
  bare: NOW,
  error: NOW,
  huge: NOW,
  locked: NOW,
  damaged: NOW,
  paused: NOW,
  alarm: NOW,
};
