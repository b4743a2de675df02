/** The text of a configuration file as JSON. What a JSON parser passes over without a word is refused here, by name. */

import { surveyJson } from '../text/json-text.ts';

/** What is wrong with the text, and what to do: a sentence without the file's name. */
export class ConfigTextError extends Error {}

/**
 * JSON in UTF-8; a byte order mark in front of it is no part of it.
 *
 * @throws ConfigTextError for what is not, and for an object that has a key twice: the last one would win.
 */
export const parseConfigText = (bytes: Uint8Array): unknown => {
  const text = decoded(bytes);
  if (text.trim() === '') throw new ConfigTextError('is empty: the least configuration is {}');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigTextError(
      `cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}; JSON has no comments, no comma behind the last entry, and names in double quotes`,
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
    // The decoder takes a byte order mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigTextError('is not UTF-8 text: save it as UTF-8');
  }
};
