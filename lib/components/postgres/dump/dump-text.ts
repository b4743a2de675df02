/** What stands in a dump's table of contents: texts of its encoding, and statements whose names are all quoted. */
import { TextDecoder } from 'node:util';
import type { DumpEntry } from './dump-head.ts';

/** How JavaScript calls PostgreSQL's encodings, where the names differ. */
const LABELS: Readonly<Record<string, string>> = {
  ...{ UTF8: 'utf-8', KOI8R: 'koi8-r', KOI8U: 'koi8-u', WIN866: 'ibm866', WIN874: 'windows-874' },
  ...{ EUC_JP: 'euc-jp', EUC_JIS_2004: 'euc-jp', EUC_CN: 'gbk', EUC_KR: 'euc-kr' },
  ...{ LATIN2: 'iso-8859-2', LATIN3: 'iso-8859-3', LATIN4: 'iso-8859-4', LATIN5: 'iso-8859-9' },
  ...{ LATIN6: 'iso-8859-10', LATIN7: 'iso-8859-13', LATIN8: 'iso-8859-14', LATIN9: 'iso-8859-15' },
  ...{ LATIN10: 'iso-8859-16', ISO_8859_5: 'iso-8859-5', ISO_8859_6: 'iso-8859-6' },
  ...{ ISO_8859_7: 'iso-8859-7', ISO_8859_8: 'iso-8859-8' },
};

export type Decode = (bytes: string) => string;

/** How texts of this dump become what people read. An encoding that is not known gives a character for each byte. */
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

/** As SQL quotes a name. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const unquoteName = (quoted: string): string => quoted.slice(1, -1).replaceAll('""', '"');
/** The quoted names in a text, in their order, quotes and all. */
export const quotedNames = (text: string): string[] => text.match(QUOTED) ?? [];

/** Statements that grant and revoke, which hold names and no other texts: a semicolon outside of quotes ends one. */
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

/** A name behind one of these is a role's; another one's follows a dot, or the word of its kind. */
const ROLE = /\b(TO|FROM|FOR ROLE|FOR|AUTHORIZATION)(\s+)("\d+")/g;

/**
 * A statement that grants or revokes, with something else in the places of its roles. Roles have no quotes in `change`;
 * what it answers stands in the statement as it is.
 */
export const changeRoles = (statement: string, change: (role: string) => string): string => {
  // What stands in quotes becomes a number, so that no word is looked for within a name.
  const names: string[] = [];
  const bare = statement.replace(QUOTED, (name) => `"${names.push(name) - 1}"`);
  const named = (at: string): string => names[Number(at.slice(1, -1))] ?? at;
  return bare
    .replace(ROLE, (_all, word: string, space: string, at: string) => {
      return `${word}${space}"${names.push(change(unquoteName(named(at)))) - 1}"`;
    })
    .replace(/"\d+"/g, named);
};

/** The roles that such a statement names, but for PUBLIC. */
export const rolesIn = (statement: string): string[] => {
  const roles: string[] = [];
  changeRoles(statement, (role) => {
    roles.push(role);
    return '';
  });
  return roles;
};
