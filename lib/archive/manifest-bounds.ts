/** What no manifest of ours exceeds: looked at before its shape, so that a hostile one costs little to refuse. */

/** Nobody backs up more in one archive, and a backup's record has to hold a line of each. */
export const MAX_COMPONENTS = 500;
/** All that the components say, as JSON; the list of members is not part of it. */
export const MAX_COMPONENTS_CHARACTERS = 8 * 1024 * 1024;
/** Objects and lists within each other, from the components' own object on. */
export const MAX_COMPONENTS_DEPTH = 32;
/** Values of all kinds, objects and lists counted, that all components have together, and that one of them has. */
export const MAX_COMPONENTS_VALUES = 1024 * 1024;
export const MAX_COMPONENT_VALUES = 16 * 1024;

/** How many of the things that were skipped, or are otherwise to be told one by one, are named; all are counted. */
export const NAMED_SKIPPED = 100;
export const MAX_SKIPPED_PATH = 8_192;
export const MAX_SKIPPED_REASON = 1_024;

/** Why a manifest's `components` are refused unread; undefined when they may be read. */
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

/** Level by level, and not by recursion: what is judged is how deep it goes. */
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

/** For what is not nested deeper than a stack takes. */
const valuesOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, inner: unknown) => sum + valuesOf(inner), 1)
    : 1;

/** A text of a bounded length, for what only people read. */
export const cutText = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;
