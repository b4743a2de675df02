/** Commands in messages are copied and run; some of their words come from archives that anybody can make. */

/** Control, invisible and direction characters, lone surrogates, line separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text as one word of a POSIX shell command: nothing in it is expanded or run, and it stays on one line. Invisible
 * characters become `?`.
 */
export const shellWord = (text: string): string => {
  const seen = text.replace(UNSEEN, '?');
  return /^[\w@%+:,./][\w@%+=:,./-]*$/.test(seen) ? seen : `'${seen.replaceAll("'", `'\\''`)}'`;
};
