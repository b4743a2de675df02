/** What every catalog refuses beforehand, so that no caller comes to lean on one that would take it. */
import { type Change, placementOf, type RecordKind } from '../ports/catalog.ts';

/** With the lock, and room to spare, within DynamoDB's hundred items a transaction. */
export const MAX_CHANGES = 25;

/** The kind and id of the record that a change is of. */
export const recordOf = (change: Change): { kind: RecordKind; id: string } =>
  'put' in change
    ? { kind: change.put, id: placementOf(change.put, change.record).id }
    : { kind: change.remove, id: change.id };

/** @throws RangeError for too many changes, and for two of one record. */
export const refuseUnfitChanges = (changes: readonly Change[]): void => {
  if (changes.length > MAX_CHANGES)
    throw new RangeError(`${changes.length} changes in one commit; at most ${MAX_CHANGES}`);
  const seen = new Set<string>();
  for (const change of changes) {
    const { kind, id } = recordOf(change);
    const key = `${kind} ${id}`;
    if (seen.has(key)) throw new RangeError(`two changes of one record in one commit: ${key}`);
    seen.add(key);
  }
};
