/** What a JSON parser passes over without a word, in a text that is JSON. */

export interface JsonText {
  /** Of all objects. */
  readonly keys: ReadonlySet<string>;
  /** The first key that one object has twice, and its second line: the last one would win. */
  readonly repeated: { readonly key: string; readonly line: number } | undefined;
  /** How many objects and lists lie in one another at most. */
  readonly depth: number;
}

/** Strings, and the marks between which a string is a key. */
const TOKEN = /"(?:[^"\\]+|\\.)*"|[{}[\],]/g;

/** @param text It is JSON: a parser has taken it. */
export const surveyJson = (text: string): JsonText => {
  const keys = new Set<string>();
  /** Of each object or list that is open: the keys until now; none of a list. */
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
