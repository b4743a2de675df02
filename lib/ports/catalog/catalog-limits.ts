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
      `${kind} records are listed by run: name one run as group; the records of kind run are all runs`,
    );
};

/** @throws RangeError for options that exclude each other */
export const refuseUnfitOptions = ({ under, own }: CommitOptions): void => {
  if (under !== undefined && own !== undefined)
    throw new RangeError(
      'a commit depends either on the lock or on records that it expects: give one of the two',
    );
};

/**
 * @throws RangeError for too many changes, for two changes of one record, and for a change of a record that is only
 * ever added
 */
export const refuseUnfitChanges = (changes: readonly Change[]): void => {
  if (changes.length > MAX_CHANGES)
    throw new RangeError(`a commit has ${changes.length} changes; at most ${MAX_CHANGES} are allowed`);
  const seen = new Set<string>();
  for (const change of changes) {
    const { kind, id } = recordOf(change);
    const key = `${kind} ${id}`;
    if (seen.has(key)) throw new RangeError(`a commit changes the record ${key} twice`);
    seen.add(key);
    if ('put' in change && change.put === 'audit' && change.expect !== 'absent')
      throw new RangeError('a row of the audit trail is written only once: expect it to be absent');
  }
};
