/** Names come from what was backed up, so a hostile file name could drive the terminal: nothing unseen is printed. */

// C0, DEL, C1, line and paragraph separators, and the marks that turn the direction of writing.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const escaped = (character: string): string => {
  const code = character.charCodeAt(0);
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** One line of text that prints as it reads: control and direction characters are written out, as in `\x1b`. */
export const visible = (text: string): string => text.replace(UNSEEN, escaped);

/** A name given as bytes: what is not UTF-8 is written out byte by byte. */
export const visibleBytes = (bytes: Uint8Array): string => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceBytes(bytes[at] ?? 0);
    try {
      text += visible(decoder.decode(bytes.subarray(at, at + length)));
      at += length;
    } catch {
      text += `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
      at += 1;
    }
  }
  return text;
};

/** How long the UTF-8 sequence that begins with this byte says it is. */
const sequenceBytes = (first: number): number => {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
};
