/** Tables in memory that record what a restore does with them, and in which order. */
import { HoldfastError } from '../../lib/model/errors.ts';
import { textRecord } from '../../lib/model/text/text-record.ts';
import type { TableSchema, TableStore } from '../../lib/ports/sources/table-store.ts';

export const schema: TableSchema = {
  key: [{ name: 'id', type: 'HASH' }],
  attributes: [{ name: 'id', type: 'S' }],
  globalIndexes: [],
  localIndexes: [],
  timeToLive: 'expires',
  tags: textRecord(),
};

const keyOf = (line: string): string => String(JSON.parse(line).id.S);

export class MemoryTables implements TableStore {
  readonly tables = new Map<string, Map<string, string>>();
  /** The changes to tables in order; consecutive writes count as one. */
  readonly done: string[] = [];
  /** Runs before each call. */
  on: (call: string, table: string) => void = () => undefined;
  /** The reason to refuse an item; undefined to accept it. */
  refusal: (key: string) => string | undefined = () => undefined;
  /** The settings that `finish` cannot set. */
  unset: readonly string[] = [];

  #call(call: string, table: string): void {
    this.on(call, table);
    const text = `${call} ${table}`;
    if (this.done.at(-1) !== text) this.done.push(text);
  }

  describe: TableStore['describe'] = async (table) => {
    const found = this.tables.get(table);
    return found && { schema, items: found.size, bytes: 1, pointInTimeRecovery: false };
  };

  async *scan(
    table: string,
    { segment, segments }: Parameters<TableStore['scan']>[1],
  ): ReturnType<TableStore['scan']> {
    const items = [...(this.tables.get(table) ?? [])].filter((_, index) => index % segments === segment);
    for (const [key, item] of items) yield { item, key: JSON.stringify({ id: { S: key } }) };
  }

  startExport: TableStore['startExport'] = () => Promise.reject(new Error('no exports here'));
  exportFiles: TableStore['exportFiles'] = () => Promise.reject(new Error('no exports here'));
  readExport: TableStore['readExport'] = () => {
    throw new Error('no exports here');
  };

  create: TableStore['create'] = async (table) => {
    this.#call('create', table);
    if (!this.tables.has(table)) this.tables.set(table, new Map());
  };

  finish: TableStore['finish'] = async (table) => {
    this.#call('finish', table);
    return this.unset;
  };

  ready: TableStore['ready'] = async (table) => {
    if (!this.tables.has(table)) throw new HoldfastError('component_failed', `the table ${table} is gone`);
  };

  write: TableStore['write'] = async (table, items, { overwrite }) => {
    this.#call('write', table);
    const there = this.tables.get(table) ?? new Map<string, string>();
    let kept = 0;
    const refused: { key: string; reason: string }[] = [];
    for (const item of items) {
      const key = keyOf(item);
      const reason = this.refusal(key);
      if (reason !== undefined) refused.push({ key, reason });
      else if (!overwrite && there.has(key) && there.get(key) !== item) kept += 1;
      else there.set(key, item);
    }
    return { kept, refused };
  };
}
