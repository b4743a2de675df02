/** The text of a configuration file as JSON. Refuses, by name, what a JSON parser accepts silently. */

import { surveyJson } from '../text/json-text.ts';

/** What is wrong with the text, and what to do, as a sentence without the file's name. */
export class ConfigTextError extends Error {}

/**
 * Parses JSON in UTF-8, with or without a byte order mark.
 *
 * @throws ConfigTextError for any other text, and for an object that has a key twice, of which the last one would win.
 */
export const parseConfigText = (bytes: Uint8Array): unknown => {
  const text = decoded(bytes);
  if (text.trim() === '') throw new ConfigTextError('is empty: the smallest configuration is {}');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigTextError(
      `cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}; JSON has no comments, no comma after the last entry, and its names are in double quotes`,
    );
  }
  const { repeated } = surveyJson(text);
  if (repeated !== undefined)
    throw new ConfigTextError(
      `has the key ${JSON.stringify(repeated.key)} twice in one object, again on line ${repeated.line}: take one of them out`,
    );
  return value;
};

const decoded = (bytes: Uint8Array): string => {
  try {
    // The decoder removes a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigTextError('is not UTF-8 text: save it as UTF-8');
  }
};
