/** A look over a manifest's bytes before any of them is parsed: where its list of members begins, and what the rest costs. */
import { isAscii } from 'node:buffer';
import { JsonMeter } from '../json-cost.ts';
import {
  MAX_COMPONENT_VALUES,
  MAX_COMPONENTS_CHARACTERS,
  MAX_COMPONENTS_DEPTH,
  MAX_COMPONENTS_VALUES,
} from '../manifest-bounds.ts';

const MEMBERS = Buffer.from('"members":[');
const FIRST_LETTER = 0x6d;
const QUOTE = 0x22;
const COMMA = 0x2c;
/** Within the manifest's own object. */
const MAX_DEPTH = MAX_COMPONENTS_DEPTH + 1;
/** Values of the manifest's own object, its members and components not looked into: formats to come may have more of them. */
const MAX_OWN_VALUES = 256;

/** All but the components takes far less: every text in it is bounded. */
const OTHER_CHARACTERS = 256 * 1024;

export interface ManifestScan {
  /** Behind the bracket that opens the list; undefined when there is none at the top. */
  readonly membersAt: number | undefined;
  /** Why nothing of it is to be parsed. */
  readonly excess: string | undefined;
}

/** Of all that stands before the members; with none, of all. */
export const scanManifest = (bytes: Uint8Array): ManifestScan => {
  const meter = new JsonMeter(bytes);
  /** When the present component, or whatever else stands at that place, began. */
  let before = 0;
  let own = 0;
  for (let byte = meter.next(); byte !== undefined; byte = meter.next()) {
    if (byte === QUOTE) {
      const at = meter.at - 1;
      if (meter.depth === 1 && bytes[meter.at] === FIRST_LETTER && isAt(bytes, at, MEMBERS))
        return { membersAt: at + MEMBERS.length, excess: lengthExcess(bytes, at) };
      meter.skipString();
      if (meter.depth === 1 && meter.at - at > OTHER_CHARACTERS)
        return { membersAt: undefined, excess: `a text of ${meter.at - at} bytes` };
    } else if (meter.depth < 2 || (meter.depth === 2 && byte === COMMA)) before = meter.values;
    if (meter.depth === 1 && byte === COMMA) own += 1;
    const excess = own > MAX_OWN_VALUES ? `more than ${MAX_OWN_VALUES} values` : excessOf(meter, before);
    if (excess !== undefined) return { membersAt: undefined, excess };
  }
  return { membersAt: undefined, excess: lengthExcess(bytes, bytes.length) };
};

const isAt = (bytes: Uint8Array, at: number, text: Uint8Array): boolean =>
  text.every((each, index) => bytes[at + index] === each);

/** Of the bytes before `end`. */
const lengthExcess = (bytes: Uint8Array, end: number): string | undefined => {
  const most = MAX_COMPONENTS_CHARACTERS + OTHER_CHARACTERS;
  if (end <= most) return undefined;
  const tooLong = `more than ${MAX_COMPONENTS_CHARACTERS} characters`;
  if (isAscii(bytes.subarray(0, end))) return tooLong;
  // In UTF-16: what continues a character of UTF-8 is none, and one of four bytes is two.
  let characters = 0;
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if ((byte & 0xc0) !== 0x80) characters += byte >= 0xf0 ? 2 : 1;
  }
  return characters > most ? tooLong : undefined;
};

const excessOf = ({ depth, values }: JsonMeter, before: number): string | undefined => {
  if (depth > MAX_DEPTH) return `nested deeper than ${MAX_COMPONENTS_DEPTH}`;
  if (values - before > MAX_COMPONENT_VALUES)
    return `a component of more than ${MAX_COMPONENT_VALUES} values`;
  return values > MAX_COMPONENTS_VALUES ? `more than ${MAX_COMPONENTS_VALUES} values` : undefined;
};
