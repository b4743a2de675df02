/** Backs up and restores one random bucket, and collects what was wrong. */
import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractEntries } from '../../../../lib/archive/extract/extract-entries.ts';
import type { Skipped } from '../../../../lib/archive/format.ts';
import type { Shard } from '../../../../lib/components/component-kind.ts';
import { keyOfPath } from '../../../../lib/components/s3/object-path.ts';
import { unfitKey } from '../../../../lib/components/s3/object-writer.ts';
import { s3 as kind } from '../../../../lib/components/s3/s3.ts';
import { isUnforeseen, shortErrorOf } from '../../../../lib/model/errors.ts';
import type { Judgement } from '../../../campaign/campaign.ts';
import type { Random } from '../../../hostile/fuzz/random.ts';
import type { StubObject } from '../../../stubs/stub-s3.ts';
import { bucketSettings, type StubbedBuckets } from '../buckets/stubbed-bucket.ts';
import { type CapturedArchive, captureArchive, pool, restoreTask } from '../kind-round-trip.ts';
import { bucketRefusals } from './bucket-refusals.ts';
import { type Weather, weatherOf } from './fault-weather.ts';
import { ODD_KEYS, randomObject, shownObject, shownTags } from './random-bucket.ts';
import { type RestoredInCalls, restoreInCalls } from './restore-calls.ts';

const RETRIES = 5;
const CHECKED: ReadonlySet<string> = new Set(['GetObject']);
const SIZES = { largeOneIn: 150, partsOneIn: 6 };

/** All values that a key had at some moment. */
interface Moments {
  readonly objects: Set<string>;
  readonly tags: Set<string>;
  readonly bodies: Set<string>;
}

export class BucketRun {
  readonly words: string[];
  readonly #random: Random;
  readonly #stubbed: StubbedBuckets;
  readonly #source: string;
  readonly #target: string;
  readonly #prefix: string;
  readonly #stopEvery: number;
  readonly #moments = new Map<string, Moments>();
  readonly #changed = new Set<string>();
  readonly #weathers: { capture: Weather; restore: Weather };
  readonly #faults: string[] = [];

  constructor(random: Random, stubbed: StubbedBuckets, name: string) {
    this.#random = random;
    this.#stubbed = stubbed;
    this.#source = `source-${name}`;
    this.#target = `target-${name}`;
    this.#prefix = random.pick(['', '', 'a', 'a/', 'p/']);
    const { s3 } = stubbed;
    s3.buckets.clear();
    s3.uploads.clear();
    s3.pageKeys = random.pick([1, 3, 1_000]);
    s3.bucket(this.#source, { versioned: random.chance(3) });
    s3.bucket(this.#target);
    for (const key of random.shuffled(ODD_KEYS).slice(0, random.between(0, 14)))
      this.#put(random.chance(2) || Buffer.byteLength(key) > 1_000 ? key : this.#prefix + key);
    this.#stopEvery = random.pick([1, 2, 1_000]);
    const changes = random.chance(3);
    const options = { refusals: bucketRefusals, checked: CHECKED };
    this.#weathers = {
      capture: weatherOf(random, { ...options, ...(changes && { before: () => this.#change() }) }),
      restore: weatherOf(random, options),
    };
    this.words = [
      ...(this.#prefix === '' ? [] : [`below ${this.#prefix}`]),
      ...(changes ? ['changing'] : []),
      `captured with ${this.#weathers.capture.words}`,
      `restored with ${this.#weathers.restore.words}`,
    ];
  }

  async judge(): Promise<Judgement> {
    // A connection that an earlier run's fault broke may be noticed only at its next use.
    for (let tries = 0; tries < 3; tries += 1)
      await this.#stubbed.buckets.describe(this.#source).catch(() => undefined);
    const { rule } = this.#weathers.capture;
    // S3 gives no checksum for a range, so nothing verifies bytes that a later call reads from the middle of
    // an object; this run does not damage them.
    this.#stubbed.faults.rule = (call) => {
      const fault = rule(call);
      return fault?.kind === 'garble' && call.range !== undefined && this.#stopEvery < 1_000
        ? undefined
        : fault;
    };
    const archive = await this.#captured();
    this.#stubbed.faults.rule = () => undefined;
    if (archive === undefined) return this.#ended('not captured');
    const archived = await this.#judgeCapture(archive);
    const ended = archive.skipped.length > 0 ? 'captured in part' : 'captured';
    const restored = this.#random.chance(12)
      ? await this.#restoreToFolder(archive, archived)
      : await this.#restore(archive, archived);
    return this.#ended(`${ended}, ${restored}`);
  }

  #ended(ended: string): Judgement {
    this.#stubbed.faults.rule = () => undefined;
    return { ended: this.#faults.length > 0 ? 'wrong' : ended, faults: this.#faults };
  }

  #put(key: string): void {
    const { s3 } = this.#stubbed;
    const { body, ...more } = randomObject(this.#random, SIZES);
    s3.put(this.#source, key, body, more);
    const now = s3.object(this.#source, key);
    if (now === undefined) return;
    const moments = this.#moments.get(key) ?? { objects: new Set(), tags: new Set(), bodies: new Set() };
    moments.objects.add(shownObject(now));
    moments.tags.add(shownTags(now.tags));
    moments.bodies.add(hash('sha256', now.body));
    this.#moments.set(key, moments);
  }

  #change(): undefined {
    if (!this.#random.chance(25)) return;
    const { s3 } = this.#stubbed;
    const keys = s3.keys(this.#source);
    if (keys.length === 0) return;
    const key = this.#random.pick(keys);
    this.#changed.add(key);
    if (this.#random.chance(3)) s3.buckets.get(this.#source)?.objects.delete(key);
    else this.#put(key);
  }

  #wrong(fault: string): void {
    this.#faults.push(fault);
  }

  /** Accepts an error that ends a run only if the run met a fault and the error has a readable message. */
  #failed(what: string, thrown: unknown, reasons: number): void {
    const words = shortErrorOf(thrown);
    const stack = thrown instanceof Error ? thrown.stack?.split('\n    at ', 3).join(' at ') : '';
    if (isUnforeseen(thrown)) this.#wrong(`${what} ended by what nobody foresaw: ${words} ${stack}`);
    if (reasons === 0) this.#wrong(`${what} ended though nothing failed: ${words}`);
  }

  async #captured(): Promise<CapturedArchive | undefined> {
    const random = this.#random;
    const cut = [...this.#moments.keys()].filter((key) => key.startsWith(this.#prefix)).sort()[2];
    const shards: Shard[] | undefined =
      cut !== undefined && random.chance(4)
        ? [{ through: cut }, { after: cut }].map((work, shard) => ({ shard, shards: 2, work }))
        : undefined;
    try {
      return await captureArchive(
        kind,
        bucketSettings(this.#source, this.#prefix),
        { buckets: this.#stubbed.newBuckets() },
        {
          stopEvery: this.#stopEvery,
          segmentBytes: random.pick([65_536, 1_048_576]),
          retries: RETRIES,
          ...(shards && { shards }),
        },
      );
    } catch (thrown) {
      this.#failed('the capture', thrown, this.#weathers.capture.faults() + this.#changed.size);
      return undefined;
    }
  }

  /**
   * Every object was captured as it was at some moment, or is named. @returns the SHA-256 of each whole
   * object, by name
   */
  async #judgeCapture(archive: CapturedArchive): Promise<ReadonlyMap<string, string>> {
    const named = new Map(archive.skipped.map(({ path, reason }) => [path, reason]));
    const archived = new Map<string, string>();
    const there = new Set<string>();
    for await (const { entry, content } of extractEntries({ ...archive, component: 'uploads', pool })) {
      const name = keyOfPath(entry.path);
      const bytes = Buffer.concat(await Array.fromAsync(content));
      if (name === undefined) continue;
      const key = this.#prefix + name;
      if (there.has(key)) this.#wrong(`${show(key)} is in the archive twice`);
      there.add(key);
      if (entry.changed === true) {
        if (!named.has(key)) this.#wrong(`${show(key)} is not whole, and not named`);
        continue;
      }
      archived.set(name, hash('sha256', bytes));
      if (this.#moments.get(key)?.bodies.has(hash('sha256', bytes)) !== true)
        this.#wrong(`${show(key)} is in the archive as it never was`);
    }
    for (const key of this.#moments.keys())
      if (key.startsWith(this.#prefix) && !there.has(key) && !named.has(key) && !this.#changed.has(key))
        this.#wrong(`${show(key)} was there all the time, is not in the archive, and is not named`);
    const { struck } = this.#weathers.capture;
    for (const [path, reason] of named)
      if (!struck.has(path) && !this.#changed.has(path) && !reason.startsWith('there are no objects'))
        this.#wrong(`${show(path)} is named, and nothing was wrong with it: ${reason}`);
    if (archive.skipped.length !== archive.skippedCount) this.#wrong('what was left out is counted wrong');
    return archived;
  }

  async #restore(archive: CapturedArchive, archived: ReadonlyMap<string, string>): Promise<string> {
    const random = this.#random;
    const { s3 } = this.#stubbed;
    const below = random.pick(['', 'restored/', 'p'.repeat(30)]);
    const existing = random.pick(['refuse', 'skip', 'overwrite'] as const);
    const before = new Map<string, StubObject>();
    for (const name of archived.keys()) {
      if (!random.chance(5) || unfitKey(below + name) !== undefined) continue;
      const same = s3.object(this.#source, this.#prefix + name);
      if (random.chance(2) && same !== undefined)
        s3.put(this.#target, below + name, same.body, {
          headers: Object.fromEntries(same.headers),
          tags: same.tags,
        });
      else s3.put(this.#target, below + name, `other ${name}`);
      const put = s3.object(this.#target, below + name);
      if (put !== undefined) before.set(below + name, put);
    }
    const task = restoreTask(
      bucketSettings(this.#source, this.#prefix),
      { buckets: this.#stubbed.newBuckets() },
      archive,
      { target: `s3://${this.#target}/${below}`, existing },
    );
    const weather = this.#weathers.restore;
    this.#stubbed.faults.rule = weather.rule;
    let done: RestoredInCalls | undefined;
    try {
      done = await restoreInCalls(kind, task, random);
    } catch (thrown) {
      this.#failed('the restore', thrown, weather.faults() + archive.skipped.length);
    }
    this.#stubbed.faults.rule = () => undefined;
    const judged = { archive, archived, below, existing, before, done };
    this.#judgeRestore(judged);
    if (done === undefined) return 'not restored';
    return done.skippedCount > 0 ? 'restored in part' : 'restored';
  }

  #judgeRestore({ archive, archived, below, existing, before, done }: Restoring): void {
    const { s3 } = this.#stubbed;
    const named = new Map((done?.skipped ?? []).map((one) => [one.path, one.reason]));
    const untagged = new Set(archive.skipped.filter(isUntagged).map(({ path }) => path));
    const expected = new Set<string>();
    for (const name of archived.keys()) {
      const key = below + name;
      expected.add(key);
      const moments = this.#moments.get(this.#prefix + name);
      const found = s3.object(this.#target, key);
      const was = before.get(key);
      const reason = named.get(key);
      const isBody = found !== undefined && hash('sha256', found.body) === archived.get(name);
      const tags = untagged.has(this.#prefix + name) ? '[]' : undefined;
      const isWhole =
        isBody &&
        moments?.objects.has(shownObject(found)) === true &&
        (tags === undefined ? moments.tags.has(shownTags(found.tags)) : shownTags(found.tags) === tags);
      const isAsBefore = found === was;
      if (isWhole) continue;
      if (done === undefined) {
        // Attributes of the object may be left out, and the reason says so.
        if (!isAsBefore && !isBody) this.#wrong(`${show(key)} is neither as it was nor as in the archive`);
      } else if (reason?.startsWith('is restored without')) {
        if (!isBody) this.#wrong(`${show(key)} has another content than in the archive: ${reason}`);
      } else if (reason !== undefined) {
        if (!isAsBefore && !isBody) this.#wrong(`${show(key)} is named, and is as it never was: ${reason}`);
      } else if (isAsBefore && found !== undefined && (existing === 'skip' || isBody)) continue;
      else
        this.#wrong(
          `${show(key)} is ${found === undefined ? 'not there' : `there as ${shownObject(found)} ${shownTags(found.tags)}`}, and is not named (${existing})`,
        );
    }
    for (const key of s3.keys(this.#target))
      if (!expected.has(key)) this.#wrong(`${show(key)} is in the target and not in the archive`);
    if (done !== undefined) this.#judgeCounts(archive, archived, done);
  }

  #judgeCounts(archive: CapturedArchive, archived: ReadonlyMap<string, string>, done: RestoredInCalls): void {
    const incomplete = archive.skipped.filter(({ reason }) => reason.startsWith('was not read to its end'));
    const without = done.skipped.filter(({ reason }) => reason.startsWith('is restored without'));
    const counted = done.entries + done.kept + done.skippedCount - without.length;
    const refusedAndKept = done.skipped.filter(({ reason }) => reason === 'exists already').length;
    if (done.skipped.length !== done.skippedCount) this.#wrong('not all that was left out is named');
    const all = archived.size + incomplete.length;
    if (counted - refusedAndKept !== all)
      this.#wrong(
        `counts are wrong: ${done.entries} written, ${done.kept} kept, ${done.skippedCount} named, of ${all}`,
      );
    const { struck } = this.#weathers.restore;
    for (const { path, reason } of done.skipped) {
      const due =
        struck.has(path) || unfitKey(path) !== undefined || /exists already|to its end/.test(reason);
      if (!due) this.#wrong(`${show(path)} is named, and nothing was wrong with it: ${reason}`);
    }
  }

  async #restoreToFolder(archive: CapturedArchive, archived: ReadonlyMap<string, string>): Promise<string> {
    const target = await mkdtemp(join(tmpdir(), 'holdfast-faulty-bucket-'));
    try {
      const task = restoreTask(bucketSettings(this.#source, this.#prefix), {}, archive, { target });
      const { counts } = await kind.planRestore(task);
      const { skippedCount, entries } = await kind.restore(task);
      if (counts.refuse > 0 || counts.create !== entries)
        this.#wrong(`the plan of a folder says ${JSON.stringify(counts)}, and ${entries} were written`);
      const hashes: string[] = [];
      for (const file of await readdir(target, { recursive: true, withFileTypes: true })) {
        const path = join(file.parentPath, file.name);
        const isObject = file.isFile() && path.startsWith(join(target, 'objects'));
        if (isObject && !file.name.endsWith('%~incomplete'))
          hashes.push(hash('sha256', await readFile(path)));
      }
      if (`${hashes.sort()}` !== `${[...archived.values()].sort()}`)
        this.#wrong(`the folder has ${hashes.length} files, and not those of the ${archived.size} objects`);
      return skippedCount > 0 ? 'into a folder in part' : 'into a folder';
    } catch (thrown) {
      this.#wrong(`the restore into a folder ended: ${shortErrorOf(thrown)}`);
      return 'not into a folder';
    } finally {
      await rm(target, { recursive: true });
    }
  }
}

interface Restoring {
  readonly archive: CapturedArchive;
  readonly archived: ReadonlyMap<string, string>;
  readonly below: string;
  readonly existing: 'refuse' | 'skip' | 'overwrite';
  readonly before: ReadonlyMap<string, StubObject>;
  readonly done: RestoredInCalls | undefined;
}

const isUntagged = ({ reason }: Skipped): boolean => reason.startsWith('is in the backup, but its tags');

const show = (key: string): string => JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
