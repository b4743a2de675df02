/** Limits of a manifest, checked before its shape, so that a hostile one costs little to refuse. */

/** More than anybody backs up in one archive; a backup's record has to hold a line for each. */
export const MAX_COMPONENTS = 500;
/** Characters of all components as JSON, without the list of members. */
export const MAX_COMPONENTS_CHARACTERS = 8 * 1024 * 1024;
/** Objects and lists nested in each other, counted from the components' own object. */
export const MAX_COMPONENTS_DEPTH = 32;
/** Values of all kinds, including objects and lists: of all components together, and of one component. */
export const MAX_COMPONENTS_VALUES = 1024 * 1024;
export const MAX_COMPONENT_VALUES = 16 * 1024;

/** Most skipped things that are named, as are other things reported one by one; all are counted. */
export const NAMED_SKIPPED = 100;
export const MAX_SKIPPED_PATH = 8_192;
export const MAX_SKIPPED_REASON = 1_024;

/** Why a manifest's `components` are refused before they are read; undefined when they may be read. */
export const excessOf = (components: unknown): string | undefined => {
  if (typeof components !== 'object' || components === null) return undefined;
  if (Object.keys(components).length > MAX_COMPONENTS) return `more than ${MAX_COMPONENTS} components`;
  if (isDeeper(components, MAX_COMPONENTS_DEPTH)) return `nested deeper than ${MAX_COMPONENTS_DEPTH}`;
  const values = Object.values(components).map(valuesOf);
  if (values.some((each) => each > MAX_COMPONENT_VALUES))
    return `a component of more than ${MAX_COMPONENT_VALUES} values`;
  if (values.reduce((sum, each) => sum + each, 0) > MAX_COMPONENTS_VALUES)
    return `more than ${MAX_COMPONENTS_VALUES} values`;
  return JSON.stringify(components).length > MAX_COMPONENTS_CHARACTERS
    ? `more than ${MAX_COMPONENTS_CHARACTERS} characters`
    : undefined;
};

/** Goes level by level without recursion, because the value may be nested too deep for the stack. */
const isDeeper = (value: object, depth: number): boolean => {
  let level: object[] = [value];
  for (let at = 1; level.length > 0; at++) {
    if (at > depth) return true;
    level = level.flatMap((each) =>
      Object.values(each).filter((inner) => typeof inner === 'object' && inner !== null),
    );
  }
  return false;
};

/** For values that are not nested too deep for the stack. */
const valuesOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, inner: unknown) => sum + valuesOf(inner), 1)
    : 1;

/** A text of bounded length, for people only. */
export const cutText = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;
