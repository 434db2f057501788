// All words of the window. Words for codes come with the failures and notes, out of the api's own table.
import { en } from './en';

/** A translation is another value of this type; `words` is then chosen by the system's language. */
export type Words = typeof en;

export const words: Words = en;
