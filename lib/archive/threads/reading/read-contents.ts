/** In a worker: opens a contents member, and returns the entries that are asked for. */
import { entriesInRange } from '../../contents/contents-range.ts';
import type { ReadContentsInput, ReadContentsOutput } from '../extract-jobs.ts';
import { openSegment } from './open-segment.ts';

export const readContents = ({ member, contents, range }: ReadContentsInput): ReadContentsOutput => ({
  entries: entriesInRange(openSegment(member), contents, range),
});
