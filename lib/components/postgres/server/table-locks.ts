/** Which tables an entry of a dump locks while it is restored, as far as other pg_restores need to know. */
import type { DumpEntry } from '../dump/dump-head.ts';

/** Two `shared` locks are compatible: several indexes of one table are built at once. */
export type TableLocks = ReadonlyMap<string, 'shared' | 'exclusive'>;

export const areInTheWay = (some: TableLocks, others: TableLocks): boolean => {
  for (const [table, lock] of some) {
    const other = others.get(table);
    if (other !== undefined && (lock === 'exclusive' || other === 'exclusive')) return true;
  }
  return false;
};

export const joinLocks = (all: readonly TableLocks[]): TableLocks => {
  const joined = new Map<string, 'shared' | 'exclusive'>();
  for (const locks of all)
    for (const [table, lock] of locks) if (joined.get(table) !== 'exclusive') joined.set(table, lock);
  return joined;
};

const RELATIONS = new Set(['TABLE', 'MATERIALIZED VIEW', 'FOREIGN TABLE']);

/** The tables of a dump by the ids of their entries, with their parents: partitioned or inherited tables. */
export class TableTree {
  readonly #tables: ReadonlyMap<string, DumpEntry>;
  readonly #parents = new Map<string, string[]>();

  constructor(entries: readonly DumpEntry[]) {
    this.#tables = new Map(
      entries
        .filter(({ description }) => RELATIONS.has(description))
        .map((entry) => [String(entry.id), entry]),
    );
    for (const entry of entries) {
      const tables = this.#tablesOf(entry);
      if (entry.description === 'TABLE') this.#note(String(entry.id), tables);
      if (entry.description !== 'TABLE ATTACH') continue;
      const child = tables.find((id) => {
        const table = this.#tables.get(id);
        return table?.tag === entry.tag && table.schema === entry.schema;
      });
      if (child !== undefined) this.#note(child, tables);
    }
  }

  #tablesOf({ dependencies }: DumpEntry): string[] {
    return [...new Set(dependencies)].filter((id) => this.#tables.has(id));
  }

  #note(child: string, tables: readonly string[]): void {
    const parents = this.#parents.get(child) ?? [];
    this.#parents.set(child, [...parents, ...tables.filter((id) => id !== child)]);
  }

  /** All tables that an entry depends on. */
  tables(entry: DumpEntry): DumpEntry[] {
    return this.#tablesOf(entry).flatMap((id) => this.#tables.get(id) ?? []);
  }

  ancestors(table: DumpEntry): DumpEntry[] {
    const found = new Set<string>();
    const next = [String(table.id)];
    for (let id = next.pop(); id !== undefined; id = next.pop())
      for (const parent of this.#parents.get(id) ?? [])
        if (!found.has(parent)) {
          found.add(parent);
          next.push(parent);
        }
    return [...found].flatMap((id) => this.#tables.get(id) ?? []);
  }

  /**
   * A change to a table may extend to its partitions and heirs, and a change to those reads the table: so each entry
   * takes shared locks on the tables above its own.
   *
   * @returns no locks for an entry without known tables.
   */
  locks(entry: DumpEntry): TableLocks {
    // An index that becomes a replica identity or a clustering index alters its table in the same transaction.
    const alters = entry.description !== 'INDEX' || /\bALTER TABLE\b/.test(entry.definition ?? '');
    return joinLocks(
      this.tables(entry).map((table) => {
        const above = this.ancestors(table).map(({ id }) => [String(id), 'shared'] as const);
        return new Map([...above, [String(table.id), alters ? 'exclusive' : 'shared'] as const]);
      }),
    );
  }
}
