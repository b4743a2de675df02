/** Shows names that strangers chose to people: in bounded length, with both ends, which say most. */
import { type ByteString, contentsNameOf } from './tar/byte-string.ts';

/** A name in a file system is never longer; a path may be. */
export const MAX_SHOWN_CHARACTERS = 1_024;
const ELLIPSIS = '…';

/** Shortens a text to `most` characters: its beginning, and a third of them from its end. */
export const shortened = (text: string, most = MAX_SHOWN_CHARACTERS): string => {
  if (text.length <= most) return text;
  const tail = Math.floor(most / 3);
  const head = most - tail - ELLIPSIS.length;
  // A pair of surrogates that was cut in two is no character.
  return `${text.slice(0, head)}${ELLIPSIS}${text.slice(-tail)}`.toWellFormed();
};

/** A path as text. */
export const shownPath = (path: ByteString): string => {
  if (path.length <= MAX_SHOWN_CHARACTERS) return contentsNameOf(path).text;
  // Of a path of megabytes, only the shown part is made into text.
  const half = 2 * MAX_SHOWN_CHARACTERS;
  return shortened(path.length <= 2 * half ? contentsNameOf(path).text : ends(path, half));
};

const ends = (path: ByteString, bytes: number): string =>
  contentsNameOf(path.slice(0, bytes)).text + contentsNameOf(path.slice(-bytes)).text;
