/**
 * Text that prints as it reads. Names and messages come from sources, archives, servers and requests: in a log, a mail
 * or a terminal they must neither begin a line of their own nor drive what shows them.
 */

/** C0, DEL, C1, line and paragraph separators, the marks that turn the direction of writing, and halves of a character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;

const hex = (character: string, digits: number): string =>
  character.charCodeAt(0).toString(16).padStart(digits, '0');

const escaped = (character: string): string => {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return character < '\u0100' ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
};

/** One line of text that prints as it reads: control and direction characters are written out, as in `\x1b`. */
export const visible = (text: string): string => text.replace(UNSEEN, escaped);

/** The same line by line: line feeds stay. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

/** What `JSON.stringify` gave, meaning the same: what it leaves as it is, and a terminal would not, is escaped. */
export const visibleJson = (json: string): string =>
  json.replace(UNSEEN, (character) => `\\u${hex(character, 4)}`);

/** Whether nothing in a text is unseen. */
export const isVisible = (text: string): boolean => text.search(UNSEEN) < 0;
