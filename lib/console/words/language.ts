/** The languages of the page. Every text stands in all of them: one that lacks a text does not compile. */

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

type Text = string | ((...values: never[]) => string);
type Texts = Readonly<Record<string, Text>>;

const STORED = 'holdfast.language';

const isLanguage = (text: string | null | undefined): text is Language =>
  text !== null && text !== undefined && Object.hasOwn(languages, text);

const stored = (): string | null => {
  try {
    return globalThis.localStorage?.getItem(STORED) ?? null;
  } catch {
    // A browser may keep nothing for us.
    return null;
  }
};

const preferred = (): Language => {
  const kept = stored();
  if (isLanguage(kept)) return kept;
  const wanted = globalThis.navigator?.languages ?? [];
  return wanted.map((one) => one.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en';
};

let current: Language | undefined;

export const language = (): Language => {
  current ??= preferred();
  return current;
};

/** From now on, and for the next visit. Whoever shows texts renders anew. */
export const speak = (chosen: Language): void => {
  current = chosen;
  try {
    globalThis.localStorage?.setItem(STORED, chosen);
  } catch {
    // For this visit only, then.
  }
};

/** All texts there are, for the test that reads them. */
export const allTexts: { readonly of: string; readonly texts: Readonly<Record<Language, Texts>> }[] = [];

/**
 * The texts of one part of the page. Texts with values are functions.
 *
 * @param of The part, for the test.
 * @returns what gives them in the language of now
 */
export const translated = <T extends Texts>(
  of: string,
  texts: { readonly en: T; readonly de: { readonly [K in keyof T]: T[K] extends string ? string : T[K] } },
): (() => T) => {
  allTexts.push({ of, texts });
  return () => texts[language()] as T;
};
