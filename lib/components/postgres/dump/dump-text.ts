/** Reads the texts of a dump's table of contents: they are in its encoding, and all names in statements are quoted. */
import { TextDecoder } from 'node:util';
import type { DumpEntry } from './dump-head.ts';

/** JavaScript's names for PostgreSQL's encodings, where they differ. */
const LABELS: Readonly<Record<string, string>> = {
  ...{ UTF8: 'utf-8', KOI8R: 'koi8-r', KOI8U: 'koi8-u', WIN866: 'ibm866', WIN874: 'windows-874' },
  ...{ EUC_JP: 'euc-jp', EUC_JIS_2004: 'euc-jp', EUC_CN: 'gbk', EUC_KR: 'euc-kr' },
  ...{ LATIN2: 'iso-8859-2', LATIN3: 'iso-8859-3', LATIN4: 'iso-8859-4', LATIN5: 'iso-8859-9' },
  ...{ LATIN6: 'iso-8859-10', LATIN7: 'iso-8859-13', LATIN8: 'iso-8859-14', LATIN9: 'iso-8859-15' },
  ...{ LATIN10: 'iso-8859-16', ISO_8859_5: 'iso-8859-5', ISO_8859_6: 'iso-8859-6' },
  ...{ ISO_8859_7: 'iso-8859-7', ISO_8859_8: 'iso-8859-8' },
};

export type Decode = (bytes: string) => string;

/** Decodes texts of this dump for people. In an unknown encoding each byte becomes a character. */
export const decoderOf = (entries: readonly DumpEntry[]): Decode => {
  const said = entries.find(({ description }) => description === 'ENCODING')?.definition ?? '';
  const name = /'([^']+)'/.exec(said)?.[1] ?? '';
  const label = name === 'SQL_ASCII' ? 'utf-8' : (LABELS[name] ?? name.replace(/^WIN(125\d)$/, 'windows-$1'));
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(label, { fatal: true });
  } catch {
    return (bytes) => bytes;
  }
  return (bytes) => {
    try {
      return decoder.decode(Buffer.from(bytes, 'latin1'));
    } catch {
      return bytes;
    }
  };
};

const QUOTED = /"(?:[^"]|"")+"/g;

/** A name quoted for SQL. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const unquoteName = (quoted: string): string => quoted.slice(1, -1).replaceAll('""', '"');
/** The quoted names in a text, in order, with their quotes. */
export const quotedNames = (text: string): string[] => text.match(QUOTED) ?? [];

/**
 * The statements of grants and revokes. They hold names and no other texts, so a semicolon outside of quotes ends one.
 */
export const statementsIn = (text: string): string[] => {
  const found: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted;
    if (text[at] !== ';' || quoted) continue;
    found.push(text.slice(from, at + 1).trim());
    from = at + 1;
  }
  return found;
};

/** A name after one of these words is a role's; any other name follows a dot, or the word of its kind. */
const ROLE = /\b(TO|FROM|FOR ROLE|FOR|AUTHORIZATION)(\s+)("\d+")/g;

/**
 * Replaces the roles in a statement that grants or revokes. `change` gets each role without quotes, and its result is
 * inserted unchanged.
 */
export const changeRoles = (statement: string, change: (role: string) => string): string => {
  // Each quoted name is replaced by a number, so that no word is found within a name.
  const names: string[] = [];
  const bare = statement.replace(QUOTED, (name) => `"${names.push(name) - 1}"`);
  const named = (at: string): string => names[Number(at.slice(1, -1))] ?? at;
  return bare
    .replace(ROLE, (_all, word: string, space: string, at: string) => {
      return `${word}${space}"${names.push(change(unquoteName(named(at)))) - 1}"`;
    })
    .replace(/"\d+"/g, named);
};

/** The roles that such a statement names, except PUBLIC. */
export const rolesIn = (statement: string): string[] => {
  const roles: string[] = [];
  changeRoles(statement, (role) => {
    roles.push(role);
    return '';
  });
  return roles;
};
