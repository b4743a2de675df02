/** The languages of the page. Every text exists in all of them: a missing one is an error of types. */

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
    // The browser may refuse to store anything.
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

/** Changes the language, now and for the next visit. The caller shows the page again. */
export const speak = (chosen: Language): void => {
  current = chosen;
  try {
    globalThis.localStorage?.setItem(STORED, chosen);
  } catch {
    // Without storage the choice holds for this visit only.
  }
};

/** All texts of the page, for the test that reads them. */
export const allTexts: { readonly of: string; readonly texts: Readonly<Record<Language, Texts>> }[] = [];

/**
 * The texts of one part of the page. A text with values in it is a function.
 *
 * @param of The name of the part, for the test.
 * @returns a function that gives the texts in the current language
 */
export const translated = <T extends Texts>(
  of: string,
  texts: { readonly en: T; readonly de: { readonly [K in keyof T]: T[K] extends string ? string : T[K] } },
): (() => T) => {
  allTexts.push({ of, texts });
  return () => texts[language()] as T;
};
