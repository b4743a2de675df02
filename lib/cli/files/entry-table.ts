/** Entries of one backup, on disk, to compare another with them, whatever their number and order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export class EntryTable implements Disposable {
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #take: StatementSync;

  /** Makes the table in a temporary folder of its own, which only this user can read. */
  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'holdfast-diff-'));
    this.#database = new DatabaseSync(join(this.#folder, 'entries.db'));
    this.#database.exec(
      'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID; BEGIN',
    );
    this.#put = this.#database.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?)');
    this.#take = this.#database.prepare('DELETE FROM entries WHERE key = ? RETURNING value');
  }

  put(key: string, value: string): void {
    this.#put.run(key, value);
  }

  /** Returns an entry, and removes it. */
  take(key: string): string | undefined {
    const value = this.#take.get(key)?.value;
    return typeof value === 'string' ? value : undefined;
  }

  /** The entries that were never taken, in the order of the keys. */
  *rest(): Generator<string, void, undefined> {
    for (const { value } of this.#database.prepare('SELECT value FROM entries ORDER BY key').iterate())
      if (typeof value === 'string') yield value;
  }

  [Symbol.dispose](): void {
    this.#database.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
