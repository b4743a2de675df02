/** Reads lines of an archive as items. A line that is none does not affect others. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ItemLine, KeyLine, RefusedItem } from '../../../../ports/sources/table-store.ts';
import { itemFromJson } from './attribute-json.ts';

const MAX_SHOWN = 200;
const shown = (text: string): string => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text);

/** @param keys the names of the attributes in the table's key */
export const keyLine = (item: object, keys: readonly string[]): KeyLine =>
  JSON.stringify(
    Object.fromEntries(
      keys.flatMap((name) => (Object.hasOwn(item, name) ? [[name, Reflect.get(item, name)]] : [])),
    ),
  );

/**
 * Returns the items, and the lines that are none, named by their key if they have one. Nothing else of them is shown.
 *
 * @param keys the names of the attributes in the table's key
 */
export const readItems = (
  lines: readonly ItemLine[],
  keys: readonly string[],
): { read: Record<string, AttributeValue>[]; unread: RefusedItem[] } => {
  const read: Record<string, AttributeValue>[] = [];
  const unread: RefusedItem[] = [];
  for (const line of lines) {
    let key = `a line of ${line.length} characters`;
    try {
      const json: unknown = JSON.parse(line);
      if (typeof json === 'object' && json !== null && !Array.isArray(json)) key = shown(keyLine(json, keys));
      read.push(itemFromJson(json));
    } catch (thrown) {
      const why = thrown instanceof TypeError ? thrown.message : 'it is not JSON';
      unread.push({ key, reason: `is not an item of DynamoDB: ${why}` });
    }
  }
  return { read, unread };
};
