/** Where the next older rows of the audit trail begin, after an answer of the API. */
import type { AuditPage } from '../../api/calls.ts';

export interface From {
  readonly before: number | undefined;
  readonly skip: number;
}

/** @returns undefined if the answer reaches the beginning of the trail */
export const olderThan = (
  { before, skip }: From,
  { resources, total, next }: AuditPage,
  isFiltered: boolean,
): From | undefined => {
  // With a filter, `total` counts the matches among the rows that the API has looked at. The rest of these matches
  // comes first.
  if (isFiltered && skip + resources.length < total && resources.length > 0)
    return { before, skip: skip + resources.length };
  return next === null ? undefined : { before: next, skip: 0 };
};
