import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';
import GrowthChart from '../../src/lib/charts/GrowthChart.svelte';
import HeatMap, { type Heat, type HeatDay } from '../../src/lib/charts/HeatMap.svelte';
import { sound } from '../open';

const DAYS: Heat[] = ['none', 'some', 'all', 'full', 'missed', 'off'];
const days: HeatDay[] = Array.from({ length: 365 }, (_, index) => ({
  at: new Date(2025, 10, 22 + index),
  heat: DAYS[index % DAYS.length] ?? 'all',
  title: `day ${index}`,
}));

describe('HeatMap', () => {
  test('is one picture with a name, and few elements', async () => {
    const { container } = render(HeatMap, { days, summary: '329 days with backups' });
    expect(screen.getByRole('img', { name: '329 days with backups' })).toBeInTheDocument();
    expect(container.querySelectorAll('svg *').length).toBeLessThan(40);
    for (const heat of DAYS) expect(container.querySelector(`path.heat-${heat}`), heat).not.toBeNull();
    await sound();
  });

  test('says the day that is pointed at', async () => {
    const { container } = render(HeatMap, { days, summary: 'a year' });
    const svg = container.querySelector('svg')!;
    // Sat 22 Nov 2025 is the sixth square of the first column; where nothing is laid out, a square and its gap have 9.66.
    await fireEvent(svg, Object.assign(new Event('pointermove', { bubbles: true }), { offsetX: 33, offsetY: 18 + 5 * 9.66 + 3 }));
    expect(container.querySelector('title')).toHaveTextContent('day 0');
    await fireEvent(svg, Object.assign(new Event('pointermove', { bubbles: true }), { offsetX: 33 + 9.66, offsetY: 21 }));
    expect(container.querySelector('title')).toHaveTextContent('day 2');
    await fireEvent(svg, Object.assign(new Event('pointermove', { bubbles: true }), { offsetX: 3, offsetY: 3 }));
    expect(container.querySelector('title')).toBeNull();
  });

  test('of no days it is empty', () => {
    render(HeatMap, { days: [], summary: 'nothing yet' });
    expect(screen.getByRole('img', { name: 'nothing yet' })).toBeInTheDocument();
  });
});

describe('GrowthChart', () => {
  const past = [0, 1, 2].map((month) => ({ at: new Date(2026, 8 + month, 1), value: 280e9 + month * 11e9 }));
  const words = { capacityLabel: '512 GB', nowLabel: '302 GB now', beginLabel: 'Sep 2026', endLabel: 'May 2028', summary: 'Disk' };

  test('draws what was and what will be', async () => {
    const { container } = render(GrowthChart, { past, forecast: { at: new Date(2028, 4, 1), value: 512e9 }, capacity: 512e9, ...words });
    expect(screen.getByRole('img', { name: 'Disk' })).toBeInTheDocument();
    expect(container.innerHTML).not.toContain('NaN');
    await sound();
  });

  test('a disk that is nearly full keeps its words apart', () => {
    const { container } = render(GrowthChart, { past, forecast: { at: new Date(2026, 10, 8), value: 512e9 }, capacity: 512e9, ...words });
    expect(container.querySelector('text.now')).toHaveAttribute('text-anchor', 'end');
  });

  test('on a disk that is almost empty the words stand clear of the lines', () => {
    const empty = past.map(({ at }, month) => ({ at, value: month * 1e6 }));
    const draw = (value: number, year: number) => {
      const { container } = render(GrowthChart, { past: empty, forecast: { at: new Date(year, 4, 1), value }, capacity: 512e9, ...words });
      const [circle, end] = [...container.querySelectorAll('circle')].map((one) => ['cx', 'cy'].map((name) => Number(one.getAttribute(name))));
      const text = container.querySelector('text.now')!;
      const [left, base] = [Number(text.getAttribute('x')), Number(text.getAttribute('y'))];
      const slope = (circle![1]! - end![1]!) / (end![0]! - circle![0]!);
      const lineAt = (x: number) => circle![1]! - slope * (x - circle![0]!);
      // Its letters are about 10 high and the words 80 wide: all of them over the line, or all of them under it.
      expect(base < lineAt(left + 80) || base - 10 > lineAt(left), `${left} ${base} ${slope}`).toBe(true);
      expect(base).toBeLessThan(92);
    };
    draw(512e9, 2027);
    draw(512e9, 2060);
    draw(3e6, 2027);
  });

  test('where nobody knows how much fits there is no ceiling', async () => {
    const { container } = render(GrowthChart, { past, forecast: { at: new Date(2027, 0, 1), value: 320e9 }, capacity: null, ...words });
    expect(container.querySelector('.ceiling')).toBeNull();
    expect(container.textContent).not.toContain('512 GB');
    expect(container.innerHTML).not.toContain('NaN');
    await sound();
  });

  test('one moment is drawn as well', () => {
    const { container } = render(GrowthChart, { past: past.slice(0, 1), forecast: { at: new Date(2027, 0, 1), value: 300e9 }, capacity: 512e9, ...words });
    expect(container.innerHTML).not.toContain('NaN');
  });
});
