const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** Decimal, two or three digits, as the command line says it: `412 MB`, `38.2 GB`. */
export function sizeWords(bytes: number): string {
  const [value, unit] = sizeParts(bytes);
  return `${value} ${unit}`;
}

export function sizeParts(bytes: number): [value: string, unit: string] {
  if (bytes < 1000) return [String(Math.max(0, Math.round(bytes))), 'B'];
  let value = bytes / 1000;
  let unit = 0;
  // What rounds up to four digits is one of the next unit.
  while (value >= 999.5 && unit + 1 < UNITS.length) {
    value /= 1000;
    unit += 1;
  }
  return [value.toFixed(value < 99.95 ? 1 : 0), UNITS[unit] ?? 'EB'];
}

/** Done and total in one unit, so that the two can be compared: `1.61` of `4.20 GB`. */
export function sizeOf(done: number, total: number): { done: string; total: string } {
  if (total < 1000) return { done: String(done), total: `${total} B` };
  let divisor = 1000;
  let unit = 0;
  while (total / divisor >= 999.5 && unit + 1 < UNITS.length) {
    divisor *= 1000;
    unit += 1;
  }
  const digits = total / divisor < 9.995 ? 2 : total / divisor < 99.95 ? 1 : 0;
  return { done: (done / divisor).toFixed(digits), total: `${(total / divisor).toFixed(digits)} ${UNITS[unit]}` };
}

/** `1,594`. */
export function numberWords(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 file`, `20,774 files`. */
export function countWords(count: number, one: string, many: string): string {
  return `${numberWords(count)} ${count === 1 ? one : many}`;
}
