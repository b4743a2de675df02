/** The tables of the embedded catalog, as an ordered list of migrations. A migration that has shipped is never edited. */
import type { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '../../../model/errors.ts';

/** "Hold" in ASCII: marks our files among other programs' SQLite files. */
const APPLICATION_ID = 0x486f6c64;

export const migrations: readonly string[] = [
  // 1
  `CREATE TABLE records (
     kind TEXT NOT NULL,
     id TEXT NOT NULL,
     grp TEXT NOT NULL,
     ord TEXT NOT NULL,
     version INTEGER NOT NULL,
     json TEXT NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX records_by_id ON records (kind, id);
   CREATE INDEX records_by_order ON records (kind, ord, id);
   CREATE INDEX records_by_group ON records (kind, grp, ord, id);
   CREATE TABLE lock (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     fence INTEGER NOT NULL,
     holder TEXT,
     lease_until TEXT,
     last TEXT
   ) STRICT;
   INSERT INTO lock (one, fence) VALUES (1, 0);`,
];
export const SCHEMA_VERSION = migrations.length;

const numberPragma = (db: DatabaseSync, name: string): number =>
  Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);

/**
 * Brings a database to the newest schema, each step in its own transaction, so that a crash leaves an older whole one.
 *
 * @param steps all migrations, the oldest first
 * @throws HoldfastError `config_invalid` when the file is another program's, `incompatible_version` when a newer
 * Holdfast wrote it.
 */
export const migrate = (db: DatabaseSync, path: string, steps: readonly string[] = migrations): void => {
  const version = numberPragma(db, 'user_version');
  const application = numberPragma(db, 'application_id');
  const tables = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0);
  if (application !== APPLICATION_ID && (tables > 0 || version > 0))
    throw new HoldfastError(
      'config_invalid',
      `${path} is a database of another program: choose another data folder, or move that file away`,
    );
  if (version > steps.length)
    throw new HoldfastError(
      'incompatible_version',
      `${path} was written by a newer Holdfast (schema ${version}, this one supports ${steps.length}): start the newer version`,
    );
  for (const [index, sql] of steps.entries()) {
    if (index < version) continue;
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(sql);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      db.exec(`PRAGMA user_version = ${index + 1}`);
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  }
};
