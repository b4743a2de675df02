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

/** DynamoDB takes 32. */
const MAX_LEVELS = 64;

/** What `JSON.parse` gives for one attribute value. @throws TypeError for what is none */
const valueFromJson = (json: unknown, level: number): AttributeValue => {
  if (level > MAX_LEVELS) throw new TypeError(`nested deeper than ${MAX_LEVELS} levels`);
  const [[type, value] = ['', undefined], ...more] = Object.entries(Object(json));
  if (more.length > 0) throw notAValue(json);
  switch (type) {
    case 'S':
    case 'N':
      if (typeof value !== 'string') throw notAValue(json);
      return type === 'S' ? { S: value } : { N: value };
    case 'BOOL':
      if (typeof value !== 'boolean') throw notAValue(json);
      return { BOOL: value };
    case 'NULL':
      if (value !== true) throw notAValue(json);
      return { NULL: true };
    case 'B':
      return { B: bytes(value) };
    case 'SS':
      return { SS: texts(value) };
    case 'NS':
      return { NS: texts(value) };
    case 'BS':
      return { BS: texts(value).map(bytes) };
    case 'L':
      if (!Array.isArray(value)) throw notAValue(json);
      return { L: value.map((one) => valueFromJson(one, level + 1)) };
    case 'M':
      return { M: mapFromJson(value, level + 1) };
    default:
      throw notAValue(json);
  }
};

const texts = (value: unknown): string[] => {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw notAValue(value);
  return value;
};

/** Only what comes back as the same text: a lenient reader would drop what it does not know. */
const bytes = (value: unknown): Uint8Array => {
  const read = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  if (read.toString('base64') !== value) throw notAValue(value);
  return read;
};

/** Names the type and not the value: reports show it, and items are nobody's to read there. */
const notAValue = (json: unknown): TypeError => {
  const types = Array.isArray(json) ? 'a list' : Object.keys(Object(json)).join(', ').slice(0, 100);
  return new TypeError(`not an attribute value of DynamoDB${types === '' ? '' : ` (${types})`}`);
};

const mapFromJson = (json: unknown, level: number): Item => {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw notAValue(json);
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, valueFromJson(value, level)]));
};

/** What `JSON.parse` gives for an item. @throws TypeError for what is none */
export const itemFromJson = (json: unknown): Item => mapFromJson(json, 0);

/** @throws SyntaxError, TypeError for what is no item */
export const itemFromLine = (line: string): Item => itemFromJson(JSON.parse(line));
