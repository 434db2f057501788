import type { FieldProblem } from '../types';

/** What is said of a pattern that leaves out what would be missed. */
export const missed = (index: number, pattern: string, what: string): FieldProblem => ({
  field: `exclude.${index}`,
  note: { code: 'left-out-by-pattern', severity: 'problem', subject: pattern, cause: pattern, title: `${what} would be in no archive.`, next_step: 'After a restore it would not be there.' },
}); // prettier-ignore
