/** Turns what the row of a function says of records into rights on the catalog's table. */
import { catalogIndexes } from '../../../model/aws-environment.ts';
import { isKindOfRun } from '../../../ports/catalog/records.ts';
import type { InstallationFunction } from '../installation-function.ts';
import type { RecordKinds, RecordRights } from '../rows/function-row.ts';

/** The partition of the lock's item. */
const LOCK = 'lock';

const partitionsAre = (partitions: readonly string[]) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...new Set(partitions)] },
});
const partitionsOf = (kinds: RecordKinds): string[] =>
  kinds.map((kind) => (isKindOfRun(kind) ? `${kind}#*` : kind));

/** @param table - ARN of the catalog's table */
export const grantRecords = (
  granted: InstallationFunction,
  { writes, removes = [], reads, looksUp }: RecordRights,
  table: string,
): void => {
  if (looksUp !== undefined) {
    granted.allow(['dynamodb:GetItem'], [table], partitionsAre(partitionsOf(looksUp)));
    granted.allow(['dynamodb:UpdateItem'], [table], partitionsAre(partitionsOf(writes)));
    return;
  }
  const indexes = catalogIndexes.map(({ name }) => `${table}/index/${name}`);
  const readable = reads && partitionsAre([...partitionsOf(reads), LOCK]);
  granted.allow(['dynamodb:Query'], [table, ...indexes], readable);
  granted.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem'], [table], readable);
  granted.allow(['dynamodb:UpdateItem'], [table], partitionsAre([...partitionsOf(writes), LOCK]));
  granted.allow(['dynamodb:ConditionCheckItem'], [table], partitionsAre([LOCK]));
  if (removes.length > 0)
    granted.allow(['dynamodb:DeleteItem'], [table], partitionsAre(partitionsOf(removes)));
};
