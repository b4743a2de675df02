/** A look over a manifest's bytes before any of them is parsed: where its list of members begins, and what the rest costs. */
import { JsonMeter } from '../json-cost.ts';
import { MAX_COMPONENT_VALUES, MAX_COMPONENTS_DEPTH, MAX_COMPONENTS_VALUES } from './manifest-bounds.ts';

const MEMBERS = Buffer.from('"members":[');
const QUOTE = 0x22;
const COMMA = 0x2c;
/** Within the manifest's own object. */
const MAX_DEPTH = MAX_COMPONENTS_DEPTH + 1;

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
  for (let byte = meter.next(); byte !== undefined; byte = meter.next()) {
    if (byte === QUOTE) {
      const at = meter.at - 1;
      if (meter.depth === 1 && MEMBERS.every((each, index) => bytes[at + index] === each))
        return { membersAt: at + MEMBERS.length, excess: undefined };
      meter.skipString();
    } else if (meter.depth < 2 || (meter.depth === 2 && byte === COMMA)) before = meter.values;
    const excess = excessOf(meter, before);
    if (excess !== undefined) return { membersAt: undefined, excess };
  }
  return { membersAt: undefined, excess: undefined };
};

const excessOf = ({ depth, values }: JsonMeter, before: number): string | undefined => {
  if (depth > MAX_DEPTH) return `nested deeper than ${MAX_COMPONENTS_DEPTH}`;
  if (values - before > MAX_COMPONENT_VALUES)
    return `a component of more than ${MAX_COMPONENT_VALUES} values`;
  return values > MAX_COMPONENTS_VALUES ? `more than ${MAX_COMPONENTS_VALUES} values` : undefined;
};
