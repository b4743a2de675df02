/**
 * The paths of a tree that a component keeps, by its `include` and `exclude`, and the patterns among these that matched
 * nothing.
 */
import { type ByteString, contentsNameOf } from '../../archive/tar/byte-string.ts';
import { type PathPattern, parsePattern } from '../../model/path-pattern.ts';

interface Rule extends PathPattern {
  readonly matches: RegExp;
  readonly wayNames: readonly RegExp[];
  used: boolean;
}

const regExpOf = (source: string): RegExp => new RegExp(`^(?:${source})$`, 'su');

class Rules {
  readonly #rules: Rule[];
  /** All patterns in one, for folders or not: nearly every path matches none. */
  readonly #any: RegExp;

  constructor(patterns: readonly PathPattern[]) {
    this.#rules = patterns.map((one) => ({
      ...one,
      matches: regExpOf(one.source),
      wayNames: one.way.map(regExpOf),
      used: false,
    }));
    this.#any = regExpOf(patterns.map(({ source }) => source).join('|'));
  }

  /** The decision of the last pattern that matches; undefined when none does. */
  decide(path: ByteString, isFolder: boolean): boolean | undefined {
    const { text } = contentsNameOf(path);
    if (!this.#any.test(text)) return undefined;
    let decided: boolean | undefined;
    for (const rule of this.#rules) {
      if ((rule.folderOnly && !isFolder) || !rule.matches.test(text)) continue;
      rule.used = true;
      decided = !rule.negated;
    }
    return decided;
  }

  /** Whether something in a folder that does not match itself might match. */
  mayMatchBelow(folder: ByteString): boolean {
    const names = contentsNameOf(folder).text.split('/');
    return this.#rules.some(
      ({ negated, wayNames, goesDeeper }) =>
        !negated &&
        (goesDeeper || names.length < wayNames.length) &&
        names.every((name, depth) => wayNames[depth]?.test(name) ?? true),
    );
  }

  get unused(): string[] {
    const used = new Set(this.#rules.filter((rule) => rule.used).map(({ text }) => text));
    return [...new Set(this.#rules.map(({ text }) => text))].filter((text) => !used.has(text));
  }
}

const rulesOf = (patterns: readonly PathPattern[]): Rules | undefined =>
  patterns.length === 0 ? undefined : new Rules(patterns);

/** A pattern that ends in `/**`, as a pattern of the folder with all that is in it. */
const asFolder = (pattern: PathPattern): PathPattern =>
  pattern.everythingBelow ? { ...pattern, folderOnly: true } : pattern;

/** As in a `.gitignore`: such a pattern matches only what is in the folder. */
const asContents = (pattern: PathPattern): PathPattern =>
  pattern.everythingBelow ? { ...pattern, source: `${pattern.source}/.+` } : pattern;

export interface FilterOptions {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

export class PathFilter {
  readonly #include: Rules | undefined;
  readonly #exclude: Rules | undefined;

  /** @throws `PatternError` */
  constructor({ include = [], exclude = [] }: FilterOptions) {
    this.#include = rulesOf(include.flatMap(parsePattern).map(asFolder));
    const excluded = exclude.flatMap(parsePattern);
    // When something in it may be included again, the folder itself must be entered.
    const takesBack = excluded.some(({ negated }) => negated);
    this.#exclude = rulesOf(excluded.map(takesBack ? asContents : asFolder));
  }

  /** Whether everything that is not excluded is wanted. */
  get wantsAll(): boolean {
    return this.#include === undefined;
  }

  /** Whether a path is wanted; for a folder, with all that is in it. */
  isIncluded(path: ByteString, isFolder: boolean): boolean {
    return this.#include === undefined || this.#include.decide(path, isFolder) === true;
  }

  /** Whether something may be wanted in a folder that is not wanted itself. */
  mayIncludeBelow(folder: ByteString): boolean {
    return this.#include === undefined || this.#include.mayMatchBelow(folder);
  }

  /** Whether a path is left out; for a folder, with all that is in it. */
  isExcluded(path: ByteString, isFolder: boolean): boolean {
    return this.#exclude?.decide(path, isFolder) === true;
  }

  /** Whether a path is left out as a folder and as anything else. */
  isExcludedAnyway(path: ByteString): boolean {
    return this.isExcluded(path, false) && this.isExcluded(path, true);
  }

  /** The patterns that have matched nothing so far, such as `exclude "cache/"`. */
  get unused(): string[] {
    const said = (setting: string, rules: Rules | undefined): string[] =>
      (rules?.unused ?? []).map((text) => `${setting} ${JSON.stringify(text)}`);
    return [...said('include', this.#include), ...said('exclude', this.#exclude)];
  }
}
