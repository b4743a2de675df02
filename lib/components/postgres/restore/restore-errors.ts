/** What pg_restore says of errors it goes past: it names the entry of the table of contents that each is of. */

export interface EntryError {
  /** Undefined: of none, so of the restore as a whole. */
  readonly entryId: number | undefined;
  readonly words: string;
}

const ENTRY = /^pg_restore: from TOC entry (\d+);/;
const HINT = /^HINT: +(.+)$/;
const ERROR = /^pg_restore: error: (.+)$/;
const IGNORED = /^pg_restore: warning: errors ignored on restore: (\d+)$/;
/** A row or a statement may follow: neither is for a record. */
const MAX_WORDS = 300;
/** One for each object at most; far more than anybody reads. */
const MAX_ERRORS = 100_000;

/**
 * Reads the lines that `pg_restore --verbose` writes on standard error, in its own language: English, whatever the
 * server's is. It says less otherwise: not which entry an error is of.
 */
export class RestoreErrors {
  readonly errors: EntryError[] = [];
  #entryId: number | undefined;
  /** The server took no connection, so nothing was done. */
  isNotConnected = false;
  /** How many it says that it went past: it came to its end, then. */
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
