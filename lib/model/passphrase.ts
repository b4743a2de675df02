/**
 * The rule for new passphrases, and passwords of key files: typed from paper, kept in a file, or sent as JSON or in a
 * header, one is always the same text. To open something, any text is accepted as it is: archives older than this rule
 * open with the passphrase that they were made with.
 */
const FEWEST_CHARACTERS = 12;
const MOST_CHARACTERS = 1024;

/** What is wrong with a new passphrase, and what to do; undefined when it is good. */
export const passphraseFault = (text: string): string | undefined => {
  if (text.length < FEWEST_CHARACTERS || text.length > MOST_CHARACTERS)
    return `a passphrase has ${FEWEST_CHARACTERS} to ${MOST_CHARACTERS} characters`;
  if (text.trim() === '') return 'a passphrase of nothing but white space is refused: choose words';
  // Checked before control characters, because the line end of a file is the usual mistake.
  if (text.trim() !== text)
    return 'a passphrase does not begin or end with white space, which nobody sees: leave it out';
  if (/\p{Cc}/u.test(text))
    return 'a passphrase has no control characters (tabs, line ends, NUL), which cannot be typed everywhere: leave them out';
  if (/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text.replace(/[\u200c\u200d]/gu, '')))
    return 'a passphrase has no characters that cannot be seen, and no broken ones: leave them out, or type it anew';
  if (text.normalize('NFC') !== text)
    return 'this passphrase has letters in a form of Unicode that other keyboards do not type (an accent apart from its letter, for example): send it in the normal form NFC, or leave accents out';
  return undefined;
};
