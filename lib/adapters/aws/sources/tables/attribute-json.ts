/** Converts DynamoDB's attribute values to its JSON and back: binary as base64, numbers with their original text. */
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

/** One line, without its end. Not for items read by the SDK, which lose an attribute named `__proto__`. */
export const itemToLine = (item: Item): string => JSON.stringify(itemToJson(item));

/** DynamoDB allows 32 levels. */
const MAX_LEVELS = 64;

/** Converts one attribute value parsed by `JSON.parse`. @throws TypeError for anything else */
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

/** Accepts only base64 that decodes and encodes to the same text: a lenient reader would drop characters. */
const bytes = (value: unknown): Uint8Array => {
  const read = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  if (read.toString('base64') !== value) throw notAValue(value);
  return read;
};

/** Names the type and not the value: reports show it, and items may be secret. */
const notAValue = (json: unknown): TypeError => {
  const types = Array.isArray(json) ? 'a list' : Object.keys(Object(json)).join(', ').slice(0, 100);
  return new TypeError(`not an attribute value of DynamoDB${types === '' ? '' : ` (${types})`}`);
};

const mapFromJson = (json: unknown, level: number): Item => {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw notAValue(json);
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, valueFromJson(value, level)]));
};

/** Converts an item parsed by `JSON.parse`. @throws TypeError for anything else */
export const itemFromJson = (json: unknown): Item => mapFromJson(json, 0);

/** @throws SyntaxError, TypeError for a line that is not an item */
export const itemFromLine = (line: string): Item => itemFromJson(JSON.parse(line));
