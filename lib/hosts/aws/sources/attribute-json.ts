/** DynamoDB's attribute values as its JSON and back: binary as base64, numbers as the text they came as. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const valueToJson = (value: AttributeValue): unknown => {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(valueToJson) };
  if (value.M !== undefined) return { M: itemToJson(value.M) };
  return value;
};

const itemToJson = (item: Item): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, valueToJson(value)]));

/** One line, without its end. Not for what the SDK has read: that lacks an attribute named `__proto__`. */
export const itemToLine = (item: Item): string => JSON.stringify(itemToJson(item));

/** What `JSON.parse` gives for one attribute value. @throws TypeError for what is none */
const valueFromJson = (json: unknown): AttributeValue => {
  const [[type, value] = ['', undefined], ...more] = Object.entries(Object(json));
  if (more.length > 0) throw notAValue(json);
  switch (type) {
    case 'S':
    case 'N':
      if (typeof value !== 'string') throw notAValue(json);
      return type === 'S' ? { S: value } : { N: value };
    case 'BOOL':
      return { BOOL: value === true };
    case 'NULL':
      return { NULL: true };
    case 'B':
      return { B: Buffer.from(String(value), 'base64') };
    case 'SS':
      return { SS: texts(value) };
    case 'NS':
      return { NS: texts(value) };
    case 'BS':
      return { BS: texts(value).map((text) => Buffer.from(text, 'base64')) };
    case 'L':
      if (!Array.isArray(value)) throw notAValue(json);
      return { L: value.map(valueFromJson) };
    case 'M':
      return { M: itemFromJson(value) };
    default:
      throw notAValue(json);
  }
};

const texts = (value: unknown): string[] => {
  if (!Array.isArray(value)) throw notAValue(value);
  return value.map(String);
};

const notAValue = (json: unknown): TypeError =>
  new TypeError(`not an attribute value of DynamoDB: ${JSON.stringify(json).slice(0, 100)}`);

/** What `JSON.parse` gives for an item. @throws TypeError for what is none */
export const itemFromJson = (json: unknown): Item =>
  Object.fromEntries(Object.entries(Object(json)).map(([name, value]) => [name, valueFromJson(value)]));

/** @throws SyntaxError, TypeError for what is no item */
export const itemFromLine = (line: string): Item => itemFromJson(JSON.parse(line));
