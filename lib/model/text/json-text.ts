/** Finds what a JSON parser accepts silently, in a text that is JSON. */

export interface JsonText {
  /** Keys of all objects. */
  readonly keys: ReadonlySet<string>;
  /** The first key that one object has twice, and the line of the second: the last value would win. */
  readonly repeated: { readonly key: string; readonly line: number } | undefined;
  /** Deepest nesting of objects and lists. */
  readonly depth: number;
}

/** Strings, and the signs that show whether a string is a key. */
const TOKEN = /"(?:[^"\\]+|\\.)*"|[{}[\],]/g;

/** @param text valid JSON: a parser has accepted it */
export const surveyJson = (text: string): JsonText => {
  const keys = new Set<string>();
  /** For each open object or list: the keys so far; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let repeated: JsonText['repeated'];
  let depth = 0;
  let isKey = false;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token !== ',' && isKey) {
      const key: string = JSON.parse(token);
      keys.add(key);
      if (open.at(-1)?.has(key)) repeated ??= { key, line: text.slice(0, index).split('\n').length };
      open.at(-1)?.add(key);
    }
    depth = Math.max(depth, open.length);
    isKey = (token === '{' || token === ',') && open.at(-1) !== undefined;
  }
  return { keys, repeated, depth };
};
