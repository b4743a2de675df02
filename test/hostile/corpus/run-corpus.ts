/**
 * A process that takes shapes of the corpus through all stages, and prints a line of JSON for each: `run-corpus.ts`
 * all but the costly ones, `run-corpus.ts NAME` the one of this name.
 */
import { join } from 'node:path';
import { openFileSource } from '../../../lib/archive/container/byte-source.ts';
import { iterateContents } from '../../../lib/archive/container/contents.ts';
import { openArchive } from '../../../lib/archive/container/open.ts';
import { openSegmentOn } from '../../../lib/archive/extract/extract-stream.ts';
import { SegmentPool } from '../../../lib/archive/segments/segment-pool.ts';
import { EventLoopWatch } from '../../campaign/event-loop-watch.ts';
import { jsonLine } from '../../campaign/json-line.ts';
import { peakMegabytes, resetPeak } from '../../campaign/peak-memory.ts';
import { differsFromGnuTar, pathsIn } from '../fuzz/restored-tree.ts';
import { Jail } from '../jail.ts';
import { type Outcomes, type Passed, runStages } from '../stages.ts';
import { newKeys } from '../writer/archive.ts';
import { corpus, costly } from './corpus.ts';
import type { Shape } from './shape.ts';

export interface ShapeResult {
  readonly name: string;
  readonly outcomes: Outcomes;
  /** What was changed outside of the targets. */
  readonly outside: string;
  /** What a restore left beside what it restored. */
  readonly left: readonly string[];
  /** How what was restored differs from what GNU tar makes of it. */
  readonly otherTree: string;
  readonly blockedMs: number;
  readonly peak: number | undefined;
  readonly seconds: number;
}

const keys = await newKeys();
const pool = new SegmentPool({ size: 2 });
const watch = new EventLoopWatch();

/** Asks GNU tar for a second opinion of all trees. For root: nobody else restores owners. */
const otherTree = async ({ restored }: Passed, jail: Jail): Promise<string> => {
  if (process.geteuid?.() !== 0) return '';
  await using source = await openFileSource(jail.archive);
  const archive = await openArchive(source, { trust: () => true });
  const identity = keys.archive.identity;
  const differences: string[] = [];
  for (const [id, target] of Object.entries(restored)) {
    const plains: Buffer[] = [];
    for (const member of archive.segments(id))
      plains.push(await openSegmentOn(pool, archive, member, identity));
    const lines: string[] = [];
    for await (const entry of iterateContents(archive, identity, id)) lines.push(JSON.stringify(entry));
    const folder = join(jail.targets, `${id}.gnu-tar`);
    differences.push(differsFromGnuTar(target, folder, Buffer.concat(plains), pathsIn(lines)));
  }
  return differences.filter((text) => text !== '').join('; ');
};

const tried = async (shape: Shape): Promise<ShapeResult> => {
  const bytes = await shape.make(keys);
  using jail = new Jail();
  // What it took to make it is not what it takes to read it: only with --expose-gc.
  globalThis.gc?.();
  resetPeak();
  const longest = watch.start();
  const started = performance.now();
  const passed = await runStages({
    bytes,
    open:
      shape.passphrase === undefined
        ? { identities: [keys.backup.identity] }
        : { passphrase: shape.passphrase },
    trust: (verifyKey) => shape.trustAll === true || verifyKey === keys.signer.verifyKey,
    jail,
    pool,
    prepared: shape.prepared ?? false,
    existing: shape.existing ?? 'overwrite',
  });
  const seconds = (performance.now() - started) / 1000;
  const { blockedMs } = longest();
  const peak = peakMegabytes();
  const { outcomes, left } = passed;
  const outside = jail.changes();
  const isWhole = outcomes.restore === 'ok' && shape.prepared !== true;
  return {
    ...{ name: shape.name, outcomes, outside, left, blockedMs, peak, seconds },
    otherTree: isWhole ? await otherTree(passed, jail) : '',
  };
};

const [name] = process.argv.slice(2);
for (const shape of name === undefined ? corpus : [...corpus, ...costly].filter((one) => one.name === name))
  process.stdout.write(jsonLine(await tried(shape)));
await pool.close();
