/** Reads pg_restore's messages on errors that it ignores: for each it names the entry of the table of contents. */

export interface EntryError {
  /** Undefined for an error of no entry, so of the restore as a whole. */
  readonly entryId: number | undefined;
  readonly words: string;
}

const ENTRY = /^pg_restore: from TOC entry (\d+);/;
const HINT = /^HINT: +(.+)$/;
const ERROR = /^pg_restore: error: (.+)$/;
const IGNORED = /^pg_restore: warning: errors ignored on restore: (\d+)$/;
/** Longest message kept. A row or a statement may follow, which must not get into a record. */
const MAX_WORDS = 300;
/** Most errors kept: one for each object, and far more than anybody reads. */
const MAX_ERRORS = 100_000;

/**
 * Reads the lines that `pg_restore --verbose` writes on standard error, in its own language: English, whatever the
 * server's is. Without `--verbose` it does not name the entry of an error.
 */
export class RestoreErrors {
  readonly errors: EntryError[] = [];
  #entryId: number | undefined;
  /** The server accepted no connection, so nothing was done. */
  isNotConnected = false;
  /** How many errors it says that it ignored; set only when it reached its end. */
  ignored: number | undefined;

  line(text: string): void {
    const [, id] = ENTRY.exec(text) ?? [];
    if (id !== undefined) {
      this.#entryId = Number(id);
      return;
    }
    const [, ignored] = IGNORED.exec(text) ?? [];
    if (ignored !== undefined) this.ignored = Number(ignored);
    const [, hint] = HINT.exec(text) ?? [];
    const last = this.errors.at(-1);
    if (hint !== undefined && last !== undefined && !last.words.includes('; '))
      this.errors[this.errors.length - 1] = {
        ...last,
        words: `${last.words}; ${hint}`.slice(0, 2 * MAX_WORDS),
      };
    const [, words] = ERROR.exec(text) ?? [];
    if (words === undefined || this.errors.length >= MAX_ERRORS) return;
    if (this.#entryId === undefined && words.startsWith('connection to ')) this.isNotConnected = true;
    const said = words
      .replace(/^could not execute query: /, '')
      .replace(/^ERROR: +/, '')
      .slice(0, MAX_WORDS);
    this.errors.push({ entryId: this.#entryId, words: said });
  }
}
