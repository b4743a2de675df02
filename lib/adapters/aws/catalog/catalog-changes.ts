/** Turns the changes of a commit into steps of a transaction. */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { HoldfastError } from '../../../model/errors.ts';
import type { Change, CommitOptions } from '../../../ports/catalog/catalog.ts';
import { recordOf } from '../../../ports/catalog/catalog-limits.ts';
import { attributesOf, keyOf } from './catalog-item.ts';

/** A put stores the fence under which it was made; a put under `own` requires that fence to be stored. */
export const changeStep = (
  table: string,
  change: Change,
  { under, own }: Pick<CommitOptions, 'under' | 'own'>,
): TransactWriteItem => {
  const { kind, id } = recordOf(change);
  const target = { TableName: table, Key: keyOf(kind, id) };
  const condition = conditionOf(change.expect);
  const expected = {
    ...(typeof change.expect === 'number' && { ':expected': { N: String(change.expect) } }),
  };
  if (!('put' in change))
    return {
      Delete: {
        ...target,
        ...(condition && { ConditionExpression: condition }),
        ...(Object.keys(expected).length > 0 && { ExpressionAttributeValues: expected }),
      },
    };
  const { ord, grp, json, zst } = attributesOf(change.put, change.record);
  const [kept, dropped] = json === undefined ? ['zst', 'json'] : ['json', 'zst'];
  const value = json ?? zst;
  const hold = under ?? own;
  const fenced = own !== undefined && change.expect === undefined ? 'fence = :fence' : condition;
  return {
    Update: {
      ...target,
      UpdateExpression: [
        `SET ord = :ord, grp = :grp, ${kept} = :value, v = if_not_exists(v, :none) + :one`,
        hold === undefined ? `REMOVE ${dropped}, fence` : `, fence = :fence REMOVE ${dropped}`,
      ].join(' '),
      ...(fenced && { ConditionExpression: fenced }),
      ExpressionAttributeValues: {
        ':ord': ord,
        ':grp': grp,
        ...(value && { ':value': value }),
        ':none': { N: '0' },
        ':one': { N: '1' },
        ...(hold && { ':fence': { N: String(hold.fence) } }),
        ...expected,
      },
    },
  };
};

const conditionOf = (expect: Change['expect'] | 'absent'): string | undefined => {
  if (expect === undefined) return undefined;
  if (expect === 'absent') return 'attribute_not_exists(pk)';
  return expect === 'present' ? 'attribute_exists(pk)' : 'v = :expected';
};

export const conflict = (change: Change): HoldfastError => {
  const { kind, id } = recordOf(change);
  const found = change.expect === 'absent' ? 'exists already' : 'was deleted or changed in the meantime';
  return new HoldfastError('conflict', `${kind} ${id} ${found}; read it again, then decide again`);
};
