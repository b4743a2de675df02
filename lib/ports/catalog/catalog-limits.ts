/** Limits that every catalog enforces, so that code tested on one host works on the other. */
import type { Change, CommitOptions, ListOptions } from './catalog.ts';
import { placementOf } from './placement.ts';
import { isKindOfRun, type RecordKind } from './records.ts';

/** Most changes in a commit: with the lock, and room to spare, within DynamoDB's hundred items for a transaction. */
export const MAX_CHANGES = 25;

/** The kind and id of a change's record. */
export const recordOf = (change: Change): { kind: RecordKind; id: string } =>
  'put' in change
    ? { kind: change.put, id: placementOf(change.put, change.record).id }
    : { kind: change.remove, id: change.id };

/** @throws RangeError for a list that would have to look at every run that ever was */
export const refuseUnfitList = (kind: RecordKind, { group }: ListOptions): void => {
  if (group === undefined && isKindOfRun(kind))
    throw new RangeError(
      `${kind} is listed by its run: name one as group; the kind run tells which there are`,
    );
};

/** @throws RangeError for options that exclude each other */
export const refuseUnfitOptions = ({ under, own }: CommitOptions): void => {
  if (under !== undefined && own !== undefined)
    throw new RangeError('a commit stands under the lock, or under records of its own: one of these');
};

/**
 * @throws RangeError for too many changes, for two changes of one record, and for a change of a record that is only
 * ever added
 */
export const refuseUnfitChanges = (changes: readonly Change[]): void => {
  if (changes.length > MAX_CHANGES)
    throw new RangeError(`${changes.length} changes in one commit; at most ${MAX_CHANGES}`);
  const seen = new Set<string>();
  for (const change of changes) {
    const { kind, id } = recordOf(change);
    const key = `${kind} ${id}`;
    if (seen.has(key)) throw new RangeError(`two changes of one record in one commit: ${key}`);
    seen.add(key);
    if ('put' in change && change.put === 'audit' && change.expect !== 'absent')
      throw new RangeError('a row of the audit trail is written once: expect it to be absent');
  }
};
