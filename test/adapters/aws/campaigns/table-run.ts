/** Backs up and restores one random table, and collects what was wrong. */
import { gzipSync } from 'node:zlib';
import type { Existing } from '../../../../lib/archive/destination/existing.ts';
import { extractEntries } from '../../../../lib/archive/extract/extract-entries.ts';
import type { Shard } from '../../../../lib/components/component-kind.ts';
import { dynamodb as kind } from '../../../../lib/components/dynamodb/dynamodb.ts';
import { isUnforeseen, shortErrorOf } from '../../../../lib/model/errors.ts';
import type { Judgement } from '../../../campaign/campaign.ts';
import type { Random } from '../../../hostile/fuzz/random.ts';
import { keyOf, type StubItem, type StubTable, violationOf } from '../../../stubs/stub-dynamodb.ts';
import { type CapturedArchive, captureArchive, pool, restoreTask } from '../kind-round-trip.ts';
import { type StubbedTables, tableSettings } from '../tables/stubbed-table.ts';
import { type Weather, weatherOf } from './fault-weather.ts';
import { randomItem, randomSchema, shownItem, withIndex } from './random-table.ts';
import { type RestoredInCalls, restoreInCalls } from './restore-calls.ts';
import { tableRefusals } from './table-refusals.ts';

const RETRIES = 5;
/**
 * Operations whose answers this run may damage. The SDK does not verify an answer's checksum; Holdfast does
 * so only for answers that hold items.
 */
const CHECKED: ReadonlySet<string> = new Set(['Scan', 'PutItem', 'BatchWriteItem', 'GetObject']);

export class TableRun {
  readonly words: string[];
  readonly #random: Random;
  readonly #stubbed: StubbedTables;
  readonly #source: string;
  readonly #target: string;
  readonly #table: StubTable;
  /** All values that each item had at some moment, by its key. */
  readonly #moments = new Map<string, Set<string>>();
  readonly #changed = new Set<string>();
  /** The keys in each file of the export. */
  readonly #exported = new Map<string, string[]>();
  readonly #weathers: { capture: Weather; restore: Weather };
  readonly #faults: string[] = [];
  #items = 0;

  constructor(random: Random, stubbed: StubbedTables, name: string) {
    this.#random = random;
    this.#stubbed = stubbed;
    this.#source = `source-${name}`;
    this.#target = `target-${name}`;
    const { dynamodb, s3 } = stubbed;
    dynamodb.tables.clear();
    dynamodb.exports.clear();
    s3.bucket('exports');
    dynamodb.pageItems = random.pick([1, 7, 1_000]);
    dynamodb.creatingAnswers = random.below(3);
    dynamodb.takes = random.chance(3) ? (items) => random.between(0, items) : (items) => items;
    this.#table = dynamodb.table(this.#source, randomSchema(random));
    for (let count = random.pick([0, 1, 3, 20, 60]); count > 0; count -= 1) this.#put();
    if (random.chance(3)) this.#table.timeToLive = 'expires';
    const exports = random.chance(3);
    this.#table.pointInTimeRecovery = exports;
    dynamodb.onExport = (made) => this.#layExport(made.manifest);
    const changes = !exports && random.chance(3);
    const options = { refusals: tableRefusals, checked: CHECKED };
    this.#weathers = {
      capture: weatherOf(random, { ...options, ...(changes && { before: () => this.#change() }) }),
      restore: weatherOf(random, options),
    };
    this.words = [
      ...(exports ? ['exported'] : []),
      ...(changes ? ['changing'] : []),
      `captured with ${this.#weathers.capture.words}`,
      `restored with ${this.#weathers.restore.words}`,
    ];
  }

  async judge(): Promise<Judgement> {
    // A connection that an earlier run's fault broke may be noticed only at its next use.
    for (let tries = 0; tries < 3; tries += 1)
      await this.#stubbed.tables.describe(this.#source).catch(() => undefined);
    this.#stubbed.faults.rule = this.#weathers.capture.rule;
    const archive = await this.#captured();
    this.#stubbed.faults.rule = () => undefined;
    if (archive === undefined) return this.#ended('not captured');
    const archived = await this.#judgeCapture(archive);
    const restored = await this.#restore(archive, archived);
    return this.#ended(`${archive.skipped.length > 0 ? 'captured in part' : 'captured'}, ${restored}`);
  }

  #ended(ended: string): Judgement {
    this.#stubbed.faults.rule = () => undefined;
    return { ended: this.#faults.length > 0 ? 'wrong' : ended, faults: this.#faults };
  }

  #wrong(fault: string): void {
    this.#faults.push(fault);
  }

  #put(item: StubItem = randomItem(this.#random, this.#table.made, this.#items++)): string {
    const key = keyOf(this.#table, item);
    this.#table.items.set(key, item);
    this.#moments.set(key, (this.#moments.get(key) ?? new Set()).add(shownItem(item)));
    return key;
  }

  #change(): undefined {
    if (!this.#random.chance(15)) return;
    const items = [...this.#table.items];
    if (items.length === 0) return;
    const [key, item] = this.#random.pick(items);
    this.#changed.add(key);
    if (this.#random.chance(3)) this.#table.items.delete(key);
    else if (this.#random.chance(2)) this.#put({ ...item, changed: { BOOL: true } });
    else this.#changed.add(this.#put());
  }

  /** Writes an export in DynamoDB's layout: a summary, a list of files, and files of lines. */
  #layExport(manifest: string): void {
    const random = this.#random;
    const { s3 } = this.#stubbed;
    const folder = manifest.replace('/manifest-summary.json', '');
    const files: { name: string; items: StubItem[] }[] = [];
    for (const [, item] of this.#table.items) {
      if (files.length === 0 || random.chance(8))
        files.push({ name: `${folder}/data/${files.length}.json.gz`, items: [] });
      files.at(-1)?.items.push(item);
    }
    if (random.chance(3)) files.push({ name: `${folder}/data/none.json.gz`, items: [] });
    for (const { name, items } of files) {
      const bytes = gzipSync(items.map((item) => `{"Item":${JSON.stringify(item)}}\n`).join(''));
      s3.put('exports', name, random.chance(15) ? bytes.subarray(0, bytes.length - 9) : bytes);
      this.#exported.set(
        name,
        items.map((item) => keyOf(this.#table, item)),
      );
    }
    const list = files.map(({ name, items }) =>
      JSON.stringify({ itemCount: items.length, dataFileS3Key: name }),
    );
    s3.put('exports', `${folder}/manifest-files.json`, list.join('\n'));
    const summary = {
      manifestFilesS3Key: `${folder}/manifest-files.json`,
      itemCount: this.#table.items.size,
    };
    s3.put('exports', manifest, JSON.stringify(summary));
  }

  #failed(what: string, thrown: unknown, reasons: number): void {
    const words = shortErrorOf(thrown);
    const stack = thrown instanceof Error ? thrown.stack?.split('\n    at ', 4).join(' at ') : '';
    if (isUnforeseen(thrown)) this.#wrong(`${what} ended by what nobody foresaw: ${words} ${stack}`);
    if (reasons === 0) this.#wrong(`${what} ended though nothing failed: ${words}`);
  }

  async #captured(): Promise<CapturedArchive | undefined> {
    const random = this.#random;
    const cut = !this.#table.pointInTimeRecovery && random.chance(3);
    const shards: Shard[] = [0, 1].map((shard) => ({ shard, shards: 2, work: {} }));
    try {
      return await captureArchive(
        kind,
        tableSettings(this.#source),
        { tables: this.#stubbed.tables },
        {
          stopEvery: random.pick([1, 2, 1_000]),
          segmentBytes: random.pick([65_536, 1_048_576]),
          retries: RETRIES,
          ...(cut && { shards }),
        },
      );
    } catch (thrown) {
      const isCutFile = this.#table.pointInTimeRecovery ? 1 : 0;
      this.#failed('the capture', thrown, this.#weathers.capture.faults() + isCutFile);
      return undefined;
    }
  }

  /**
   * Every item was captured as it was at some moment, or its file is named. @returns the captured items by
   * key
   */
  async #judgeCapture(archive: CapturedArchive): Promise<ReadonlyMap<string, string>> {
    const named = new Map(archive.skipped.map(({ path, reason }) => [path, reason]));
    const archived = new Map<string, string>();
    for await (const { entry, content } of extractEntries({ ...archive, component: 'orders', pool })) {
      if (!entry.path.endsWith('.jsonl')) continue;
      for (const line of Buffer.concat(await Array.fromAsync(content))
        .toString()
        .split('\n')
        .filter(Boolean)) {
        const item: StubItem = JSON.parse(line);
        const key = keyOf(this.#table, item);
        if (archived.has(key) && !this.#changed.has(key)) this.#wrong(`${key} is in the archive twice`);
        archived.set(key, shownItem(item));
        if (this.#moments.get(key)?.has(shownItem(item)) !== true)
          this.#wrong(`${key} is in the archive as it never was: ${shownItem(item).slice(0, 300)}`);
      }
    }
    const excused = new Set([...named.keys()].flatMap((path) => this.#exported.get(path) ?? []));
    for (const key of this.#moments.keys())
      if (!archived.has(key) && !excused.has(key) && !this.#changed.has(key))
        this.#wrong(`${key} was there all the time, is not in the archive, and is not named`);
    if (archive.skipped.length !== archive.skippedCount) this.#wrong('what was left out is counted wrong');
    return archived;
  }

  async #restore(archive: CapturedArchive, archived: ReadonlyMap<string, string>): Promise<string> {
    const random = this.#random;
    const { dynamodb, tables } = this.#stubbed;
    const existing = random.pick(['refuse', 'skip', 'overwrite'] as const);
    const isThere = random.chance(3);
    const made = random.chance(2) ? this.#table.made : withIndex(this.#table.made);
    const before = new Map<string, string>();
    if (isThere) {
      const table = dynamodb.table(this.#target, made);
      for (const [key, shown] of archived) {
        if (!random.chance(6)) continue;
        const item: StubItem = JSON.parse(shown);
        const other = random.chance(2) ? item : { ...item, other: { S: 'x' } };
        table.items.set(key, other);
        before.set(key, shownItem(other));
      }
    }
    const task = restoreTask(tableSettings(this.#source), { tables }, archive, {
      target: this.#target,
      existing,
    });
    const weather = this.#weathers.restore;
    this.#stubbed.faults.rule = weather.rule;
    let done: RestoredInCalls | undefined;
    try {
      done = await restoreInCalls(kind, task, random);
    } catch (thrown) {
      this.#failed(
        'the restore',
        thrown,
        weather.faults() + (isThere ? 1 : 0) + (dynamodb.takes(1) === 1 ? 0 : 1),
      );
    }
    this.#stubbed.faults.rule = () => undefined;
    this.#judgeRestore({ archived, before, existing, made: isThere ? made : undefined, done });
    if (done === undefined) return 'not restored';
    return done.skippedCount > 0 ? 'restored in part' : 'restored';
  }

  #judgeRestore({ archived, before, existing, made, done }: Restoring): void {
    const table = this.#stubbed.dynamodb.tables.get(this.#target);
    const named = new Map(
      (done?.skipped ?? []).map(({ path, reason }) => [shownItem(JSON.parse(keyPath(path))), reason]),
    );
    let [kept, refused] = [0, 0];
    for (const [key, shown] of archived) {
      const item = table?.items.get(key);
      const found = item && shownItem(item);
      const was = before.get(key);
      const reason = named.get(shownItem(JSON.parse(key)));
      if (reason !== undefined) {
        refused += 1;
        const violates = made && violationOf({ made }, JSON.parse(shown)) !== undefined;
        if (!violates && !this.#weathers.restore.struck.has(this.#target))
          this.#wrong(`${key} is named, and nothing was wrong with it: ${reason}`);
        if (found !== was && found !== shown) this.#wrong(`${key} is named, and is as it never was`);
      } else if (found === shown) continue;
      else if (found !== undefined && found === was && (existing !== 'overwrite' || done === undefined))
        kept += 1;
      else if (done !== undefined || found !== undefined)
        this.#wrong(`${key} is ${found ?? 'not there'}, and is not named (${existing})`.slice(0, 500));
    }
    for (const key of table?.items.keys() ?? [])
      if (!archived.has(key) && !before.has(key))
        this.#wrong(`${key} is in the target and not in the archive`);
    if (done === undefined) return;
    if (done.kept !== kept) this.#wrong(`${kept} items were kept, and it says ${done.kept} (${existing})`);
    const unset = done.skipped.filter(({ reason }) => reason.includes('time to live')).length;
    if (done.skippedCount !== refused + unset + (existing === 'refuse' ? kept : 0))
      this.#wrong(`${refused} items were refused, and ${done.skippedCount} are counted`);
    if (made !== undefined) return;
    if (unset === 0 && table?.timeToLive !== this.#table.timeToLive)
      this.#wrong(`the time to live is ${table?.timeToLive}, and was ${this.#table.timeToLive}`);
    const keyOfTable = JSON.stringify(table?.made.KeySchema);
    if (keyOfTable !== JSON.stringify(this.#table.made.KeySchema)) this.#wrong(`the key is ${keyOfTable}`);
    const tags = JSON.stringify(table?.made.Tags ?? []);
    if (tags !== JSON.stringify(this.#table.made.Tags ?? [])) this.#wrong(`the tags are ${tags}`);
  }
}

/** Names an item by its key; any other path means the table. */
const keyPath = (path: string): string => (path.startsWith('{') ? path : '{}');

interface Restoring {
  readonly archived: ReadonlyMap<string, string>;
  readonly before: ReadonlyMap<string, string>;
  readonly existing: Existing;
  /** The definition of a table that existed before the restore. */
  readonly made: StubTable['made'] | undefined;
  readonly done: RestoredInCalls | undefined;
}
