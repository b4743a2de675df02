/**
 * Patterns on the paths of a tree, with the meaning they have in a `.gitignore`: people know it, and rsync and restic
 * agree with nearly all of it. In addition, `{a,b}` matches either. A pattern that could never match is refused.
 */

/** Why a pattern is refused, with the right spelling if there is one. */
export class PatternError extends Error {}

export interface PathPattern {
  /** The pattern as written. */
  readonly text: string;
  /** Includes again what earlier patterns matched. */
  readonly negated: boolean;
  /** Matches folders only. */
  readonly folderOnly: boolean;
  /** Whether it ended in `/**`: then it matches the folder itself, and not only what is in it, as in a `.gitignore`. */
  readonly everythingBelow: boolean;
  /** Source of a regular expression, flags `su`, on the path below the root without a slash at either end. */
  readonly source: string;
  /**
   * The same for each name on the way down to a match, as far as the pattern says; empty when a match may be anywhere.
   */
  readonly way: readonly string[];
  /** Whether a match may lie at any depth below that way. */
  readonly goesDeeper: boolean;
}

const quoted = (text: string): string => JSON.stringify(text);
const SPECIAL = /[\\^$.*+?()[\]{}|/]/gu;
/** In a set a hyphen would make a range, and it has no escape of its own. */
const literal = (text: string): string => text.replace(SPECIAL, '\\$&').replaceAll('-', '\\x2d');

const MAX_ALTERNATIVES = 1_000;

/** Returns the index of the brace that closes the one at `open`, and the commas between that belong to it. */
const braceAt = (text: string, open: number): { end: number; commas: number[] } | undefined => {
  const commas: number[] = [];
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\') at += 1;
    else if (char === '{') depth += 1;
    else if (char === ',' && depth === 1) commas.push(at);
    else if (char === '}') {
      depth -= 1;
      if (depth === 0) return { end: at, commas };
    }
  }
  return undefined;
};

/** Returns `a.b` and `a.c` for `a.{b,c}`. Braces without a comma mean themselves. */
const alternatives = (text: string): string[] => {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '{') {
      const brace = braceAt(text, at);
      if (brace === undefined || brace.commas.length === 0) continue;
      const cuts = [at, ...brace.commas, brace.end];
      const found = cuts.slice(1).flatMap((cut, index) => {
        const choice = text.slice((cuts[index] ?? 0) + 1, cut);
        return alternatives(text.slice(0, at) + choice + text.slice(brace.end + 1));
      });
      if (found.length > MAX_ALTERNATIVES)
        throw new PatternError(`${quoted(text)} stands for more than ${MAX_ALTERNATIVES} patterns`);
      return found;
    }
  }
  return [text];
};

const CLASSES: Readonly<Record<string, string>> = {
  alnum: '\\p{L}\\p{N}',
  alpha: '\\p{L}',
  blank: ' \\t',
  cntrl: '\\p{Cc}',
  digit: '0-9',
  graph: '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}',
  lower: '\\p{Ll}',
  print: '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} ',
  punct: '\\p{P}\\p{S}',
  space: '\\s',
  upper: '\\p{Lu}',
  xdigit: '0-9A-Fa-f',
};

/** Reads a set in brackets that begins at `open`: its source, and the index after it. */
const bracketAt = (
  chars: readonly string[],
  open: number,
  pattern: string,
): { source: string; next: number } => {
  const unclosed = (): PatternError =>
    new PatternError(
      `the "[" in ${quoted(pattern)} has no "]": for a name with that character write ${quoted('\\[')}`,
    );
  let at = open + 1;
  const negated = chars[at] === '!' || chars[at] === '^';
  if (negated) at += 1;
  let inside = '';
  for (let first = true; ; first = false) {
    const char = chars[at];
    if (char === undefined) throw unclosed();
    if (char === ']' && !first) break;
    const named = char === '[' ? /^\[:([a-z]+):\]/.exec(chars.slice(at, at + 12).join('')) : null;
    const known = CLASSES[named?.[1] ?? ''];
    if (named !== null && known !== undefined) {
      inside += known;
      at += named[0].length;
    } else {
      const one = char === '\\' ? chars[at + 1] : char;
      if (one === undefined) throw unclosed();
      at += char === '\\' ? 2 : 1;
      inside += literal(one);
      if (chars[at] !== '-' || chars[at + 1] === undefined || chars[at + 1] === ']') continue;
      const last = chars[at + 1] === '\\' ? chars[at + 2] : chars[at + 1];
      if (last === undefined) throw unclosed();
      if (last < one)
        throw new PatternError(`the range ${quoted(`${one}-${last}`)} in ${quoted(pattern)} goes backwards`);
      inside += `-${literal(last)}`;
      at += chars[at + 1] === '\\' ? 3 : 2;
    }
  }
  // No set matches a slash, since names have none.
  return { source: negated ? `(?!/)[^${inside}]` : `(?!/)[${inside}]`, next: at + 1 };
};

/** Reads one name of a pattern. */
const nameSource = (name: string, pattern: string): string => {
  const chars = [...name];
  let source = '';
  for (let at = 0; at < chars.length; ) {
    const char = chars[at] ?? '';
    if (char === '*') {
      source += '[^/]*';
      while (chars[at] === '*') at += 1;
    } else if (char === '[') {
      const set = bracketAt(chars, at, pattern);
      source += set.source;
      at = set.next;
    } else {
      const one = char === '\\' ? (chars[at + 1] ?? '') : char;
      source += char === '?' ? '[^/]' : literal(one);
      at += char === '\\' ? 2 : 1;
    }
  }
  return source;
};

const EXTENDED = /(?:^|[^\\])[@!?*+]\([^()]*\|[^()]*\)/u;

const refuseUnusable = (text: string, names: readonly string[]): void => {
  const usable = names.filter((name) => name !== '' && name !== '.');
  if (usable.includes('..'))
    throw new PatternError(`${quoted(text)} leads out of the folder by "..": patterns match paths below it`);
  if (usable.length < names.length) {
    const right =
      usable.length === 0
        ? ''
        : `: write ${quoted(usable.length === 1 ? `/${usable[0]}` : usable.join('/'))}`;
    throw new PatternError(`${quoted(text)} has an empty name or "." in it, and matches nothing${right}`);
  }
  if (EXTENDED.test(text))
    throw new PatternError(
      `${quoted(text)} has alternatives in "(|)": write {a,b}, or one pattern for each; for a name with such characters put a backslash before the "("`,
    );
  if (/(?:^|[^\\])(?:\\\\)*\\$/u.test(text))
    throw new PatternError(`${quoted(text)} ends with a backslash and nothing after it`);
};

const parseOne = (text: string, negated: boolean, body: string): PathPattern => {
  const folderOnly = body.endsWith('/');
  const anchored = body.startsWith('/');
  const given = body
    .slice(anchored ? 1 : 0, folderOnly ? -1 : undefined)
    .split('/')
    .map((name) => name.replace(/^\*{2,}$/u, '**'));
  refuseUnusable(text, given);
  const names = given.filter((name, index) => name !== '**' || given[index - 1] !== '**');
  // `a/**/` matches the folders in `a`, and not `a` itself.
  const everythingBelow = !folderOnly && names.length > 1 && names.at(-1) === '**';
  if (everythingBelow) names.pop();
  const anywhere = !anchored && names.length === 1 && !everythingBelow;
  let source = anywhere ? '(?:.*/)?' : '';
  for (const [index, name] of names.entries()) {
    const last = index === names.length - 1;
    if (name !== '**') source += nameSource(name, text) + (last ? '' : '/');
    else if (last) source += '.+';
    else source += '(?:.*/)?';
  }
  const stars = names.indexOf('**');
  const goesDeeper = anywhere || stars >= 0;
  const way = anywhere ? [] : names.slice(0, stars < 0 ? undefined : stars);
  return {
    text,
    negated,
    folderOnly,
    everythingBelow,
    source,
    way: way.map((name) => nameSource(name, text)),
    goesDeeper,
  };
};

/**
 * Parses a pattern into one, or several when it has alternatives in braces.
 *
 * @throws PatternError for a pattern that means nothing, or not what it seems to mean.
 */
export const parsePattern = (text: string): PathPattern[] => {
  const negated = text.startsWith('!');
  const body = negated ? text.slice(1) : text;
  if (body === '' || body === '/') throw new PatternError(`${quoted(text)} names nothing`);
  if (text.includes('\0'))
    throw new PatternError(`${quoted(text)} has a character that no file name can have`);
  return alternatives(body).map((one) => parseOne(text, negated, one));
};
