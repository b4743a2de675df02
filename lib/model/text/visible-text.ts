/**
 * Text in which every character is visible. Names and messages come from sources, archives, servers and requests: in a
 * log, a mail or a terminal they must neither begin a new line nor control the terminal.
 */

/**
 * C0, DEL, C1, line and paragraph separators, marks that change the direction of writing, and halves of a character.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;

const hex = (character: string, digits: number): string =>
  character.charCodeAt(0).toString(16).padStart(digits, '0');

const escaped = (character: string): string => {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return character < '\u0100' ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
};

/** One line of visible text: control and direction characters are escaped, as in `\x1b`. */
export const visible = (text: string): string => text.replace(UNSEEN, escaped);

/** The same for each line: line feeds stay. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

/** Makes a result of `JSON.stringify` visible without changing its meaning: escapes what it leaves as it is. */
export const visibleJson = (json: string): string =>
  json.replace(UNSEEN, (character) => `\\u${hex(character, 4)}`);

/** Whether every character of a text is visible. */
export const isVisible = (text: string): boolean => text.search(UNSEEN) < 0;
