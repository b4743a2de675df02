/** Commands in messages are copied and run; some of their words come from archives that anybody may have made. */

/** Controls, invisible and direction marks, lone surrogates, separators of lines. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text as one word of a POSIX shell's command: nothing in it is expanded or run, and it stays on its line. What cannot
 * be seen becomes `?`.
 */
export const shellWord = (text: string): string => {
  const seen = text.replace(UNSEEN, '?');
  return /^[\w@%+:,./][\w@%+=:,./-]*$/.test(seen) ? seen : `'${seen.replaceAll("'", `'\\''`)}'`;
};
