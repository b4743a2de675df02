/**
 * The rule for new passwords of people, as NIST SP 800-63B has it: long, of any characters, and nothing that everybody
 * tries first. There is no rule of composition, and no end to a password.
 */
export const FEWEST_PASSWORD_CHARACTERS = 12;
export const MOST_PASSWORD_CHARACTERS = 256;

/** What is left of a password beside words that everybody knows must have so many characters. */
const FEWEST_OF_ONES_OWN = 5;

/** Words, rows of the keyboard and of digits that are tried first, without what stands between them. */
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

/** One form of the same text, whatever keyboard typed it. */
export const normalPassword = (text: string): string => text.normalize('NFKC');

/**
 * What is wrong with it as a new password, and what to do; undefined when it is good.
 *
 * @param names what others know of the person: the name, the mail address
 */
export const passwordFault = (text: string, names: readonly string[]): string | undefined => {
  const password = normalPassword(text);
  const characters = [...password];
  if (characters.length < FEWEST_PASSWORD_CHARACTERS || characters.length > MOST_PASSWORD_CHARACTERS)
    return `a password has ${FEWEST_PASSWORD_CHARACTERS} to ${MOST_PASSWORD_CHARACTERS} characters`;
  if (/[\p{Cc}\p{Cs}]/u.test(password))
    return 'a password has no control characters (tabs, line ends, NUL) and no broken ones: leave them out';
  if (ownCharacters(password, names) < FEWEST_OF_ONES_OWN)
    return 'this password is one of the first that others would try: it is made of the name, of well-known words or of one character again and again; choose a few words that belong to nobody else';
  return undefined;
};

/** How many characters are left, each character counted once, without well-known words and what names the person. */
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
