/**
 * Names as in the file system: any bytes but NUL. Inside the engine such a name is a string whose characters are the
 * bytes (latin1), so that it can be compared, joined and kept in sets without loss; it becomes text, or bytes again,
 * only where it leaves the engine.
 */
export type ByteString = string;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is meant, control characters included
const ASCII = /^[\x00-\x7f]*$/;
/** Characters that a JSON string holds unescaped. */
const PLAIN_JSON = /^[ !#-[\]-~]*$/;

export const isAscii = (name: ByteString): boolean => ASCII.test(name);

/** The name for `node:fs`: a string where it says the same, else the bytes. */
export const fileSystemPath = (name: ByteString): string | Buffer =>
  ASCII.test(name) ? name : Buffer.from(name, 'latin1');

/** A path given as Unicode text from outside. */
export const byteStringOf = (text: string): ByteString =>
  ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

export interface ContentsName {
  /** For people: bytes that are not UTF-8 show as U+FFFD. */
  readonly text: string;
  /** Set only where `text` does not give the bytes back. */
  readonly base64?: string;
}

/** A name's form in contents and in reports. */
export const contentsNameOf = (name: ByteString): ContentsName => {
  if (ASCII.test(name)) return { text: name };
  const bytes = Buffer.from(name, 'latin1');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? { text } : { text, base64: bytes.toString('base64') };
};

/** The bytes of a name read from contents. */
export const nameFromContents = (text: string, base64: string | undefined): ByteString =>
  base64 === undefined ? byteStringOf(text) : Buffer.from(base64, 'base64').toString('latin1');

/** `"key":"value"` for a name, with `"keyBase64"` beside it where the text alone would lose bytes. */
export const jsonName = (key: string, name: ByteString): string => {
  if (PLAIN_JSON.test(name)) return `"${key}":"${name}"`;
  const { text, base64 } = contentsNameOf(name);
  const json = `"${key}":${JSON.stringify(text)}`;
  return base64 === undefined ? json : `${json},"${key}Base64":"${base64}"`;
};
