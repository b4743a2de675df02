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
  if (text.trim() === '') return 'a passphrase of white space alone is refused: choose words';
  // Checked before control characters, because the line end of a file is the usual mistake.
  if (text.trim() !== text)
    return 'a passphrase does not begin or end with white space, since nobody sees it: leave it out';
  if (/\p{Cc}/u.test(text))
    return 'a passphrase has no control characters (tabs, line ends, NUL), since not every keyboard types them: leave them out';
  if (/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text.replace(/[\u200c\u200d]/gu, '')))
    return 'a passphrase has no invisible characters and no unpaired surrogates: leave them out, or type it again';
  if (text.normalize('NFC') !== text)
    return 'this passphrase has letters in a Unicode form that other keyboards do not type (an accent separate from its letter, for example): send it in the normal form NFC, or leave accents out';
  return undefined;
};
