/**
 * The rule for new passwords of people, after NIST SP 800-63B: long, of any characters, and not one that attackers try
 * first. No kinds of characters are required, and no password expires.
 */
export const FEWEST_PASSWORD_CHARACTERS = 12;
export const MOST_PASSWORD_CHARACTERS = 256;

/** Fewest characters of a password, apart from words that everybody knows. */
const FEWEST_OF_ONES_OWN = 5;

/** Words and rows of the keyboard and of digits that attackers try first, without signs between them. */
const tried = [
  ...[
    'administrator',
    'admin',
    'backup',
    'changeme',
    'company',
    'default',
    'holdfast',
    'iloveyou',
    'letmein',
    'login',
  ],
  ...[
    'monkey',
    'dragon',
    'passphrase',
    'password',
    'passwort',
    'root',
    'secret',
    'sunshine',
    'test',
    'user',
    'welcome',
  ],
  ...[
    'qwertyuiop',
    'qwertzuiop',
    'qwerty',
    'asdfghjkl',
    'zxcvbnm',
    'abcdefghijklmnopqrstuvwxyz',
    'abcdef',
    'abc',
  ],
  ...[
    '01234567890',
    '1234567890',
    '0987654321',
    '123456789',
    '12345678',
    '123456',
    '12345',
    '1234',
    '123',
    '2000',
  ],
] as const;

/** The one form of a text, whatever keyboard typed it. */
export const normalPassword = (text: string): string => text.normalize('NFKC');

/**
 * What is wrong with a new password, and what to do; undefined when it is good.
 *
 * @param names what others know of the person: the name, the mail address
 */
export const passwordFault = (text: string, names: readonly string[]): string | undefined => {
  const password = normalPassword(text);
  const characters = [...password];
  if (characters.length < FEWEST_PASSWORD_CHARACTERS || characters.length > MOST_PASSWORD_CHARACTERS)
    return `a password has ${FEWEST_PASSWORD_CHARACTERS} to ${MOST_PASSWORD_CHARACTERS} characters`;
  if (/[\p{Cc}\p{Cs}]/u.test(password))
    return 'a password has no control characters (tabs, line ends, NUL) and no unpaired surrogates: leave them out';
  if (ownCharacters(password, names) < FEWEST_OF_ONES_OWN)
    return 'this password is easy to guess: it consists of the name, of common words or of one repeated character; choose a few words that nobody connects with you';
  return undefined;
};

/** How many different characters are left without well-known words and the person's names. */
const ownCharacters = (password: string, names: readonly string[]): number => {
  const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const parts = names.flatMap((name) => [name, ...name.split(/[^\p{L}\p{N}]+/u)]).map(plain);
  const known = [...parts.filter((part) => part.length > 2), ...tried].sort((a, b) => b.length - a.length);
  let left = plain(password);
  for (const word of known) left = left.replaceAll(word, '');
  // A password of signs alone has no letters, and is as good as one of letters.
  const signs = password.replace(/[\p{L}\p{N}\s]/gu, '');
  return new Set([...left, ...signs]).size;
};
