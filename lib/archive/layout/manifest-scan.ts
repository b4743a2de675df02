/**
 * Scans a manifest's bytes before any of them is parsed: where its list of members begins, and how costly the rest is.
 */
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
/** Depth counted from the manifest's own object. */
const MAX_DEPTH = MAX_COMPONENTS_DEPTH + 1;
/**
 * Most values in the manifest's own object, without those in its members and components: future formats may have more
 * than today's.
 */
const MAX_OWN_VALUES = 256;

/** Most characters outside the components; every text there is bounded, so they need far less. */
const OTHER_CHARACTERS = 256 * 1024;

export interface ManifestScan {
  /** The place after the bracket that opens the list; undefined when no such list is at the top. */
  readonly membersAt: number | undefined;
  /** Why no part of the manifest may be parsed. */
  readonly excess: string | undefined;
}

/** Scans everything before the list of members, or all of it when there is no such list. */
export const scanManifest = (bytes: Uint8Array): ManifestScan => {
  const meter = new JsonMeter(bytes);
  /** How many values came before the present component, or whatever else is at that place. */
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

/** Why the bytes before `end` are too long; undefined when they are not. */
const lengthExcess = (bytes: Uint8Array, end: number): string | undefined => {
  const most = MAX_COMPONENTS_CHARACTERS + OTHER_CHARACTERS;
  if (end <= most) return undefined;
  const tooLong = `more than ${MAX_COMPONENTS_CHARACTERS} characters`;
  if (isAscii(bytes.subarray(0, end))) return tooLong;
  // Characters of UTF-16: a continuation byte of UTF-8 adds none, and a character of four bytes counts twice.
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
