/**
 * Restores random trees over others while the file system fails: `faulty-restores-program.ts SEED COUNT`,
 * with `faulty-files.js` preloaded. Prints one JSON line for each case with a fault, and then how often each
 * outcome occurred.
 */
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUpExtraction } from '../../../lib/archive/destination/staging.ts';
import type { ExtractTarOutcome } from '../../../lib/archive/extract/extract-options.ts';
import { extractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { randomFrom } from '../../random-pieces.ts';
import { makeEngineArchive } from '../samples/engine-archive.ts';
import { scratchFolder, treeComponent } from '../samples/tree-fixtures.ts';
import { growTree, isNamed, kindOf, linksIn, seenIn } from './faulty-trees.ts';

const [firstSeed = 1, count = 1] = process.argv.slice(2).map(Number);
const judge = (
  source: string,
  outcome: ExtractTarOutcome | undefined,
  wanted: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] => {
  const wrong: string[] = [];
  const named = new Set(outcome?.skipped.map(({ path }) => path));
  for (const [path, seen] of after) {
    const kinds = [kindOf(wanted.get(path)), kindOf(before.get(path))];
    if (!kinds.includes(kindOf(seen))) wrong.push(`${path} is neither what was there nor what came`);
  }
  for (const path of before.keys()) if (!after.has(path)) wrong.push(`${path} is lost`);
  if (outcome === undefined) return wrong;
  // An incomplete file is reported only by the first of its names.
  const linked = linksIn(source);
  for (const [path, seen] of wanted)
    if (after.get(path) !== seen && ![path, ...(linked.get(path) ?? [])].some((one) => isNamed(one, named)))
      wrong.push(`${path} is not as in the archive, and is not named`);
  const orphans = outcome.skipped.filter(({ reason }) => reason.startsWith('is a hard link')).length;
  const back = wanted.size + 1 - outcome.refusedCount - orphans;
  if (outcome.entries !== back) wrong.push(`${outcome.entries} entries are said to be back, and ${back} are`);
  return wrong;
};

const pool = new SegmentPool({ size: 1 });
const seen = { restored: 0, named: 0, failed: 0, wrong: 0 };
for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
  using scratch = scratchFolder();
  const random = randomFrom(seed);
  const source = join(scratch.path, 'source');
  // One folder where no call fails, and one where calls fail.
  const plain = join(scratch.path, 'plain');
  const faulty = join(scratch.path, `faulty-${seed}-${[4, 20, 100][random(3)]}`);
  mkdirSync(source);
  growTree(source, random, 'new', ['a', 'b', 'c', 'd', 'e'].slice(random(3)));
  const made = await makeEngineArchive({ files: treeComponent(pool, source) });
  const isFresh = random(3) === 0;
  mkdirSync(join(plain, 'target'), { recursive: true });
  // Existing entries have the same types as in the new tree, so that the plan refuses nothing.
  for (const [path, what] of [...seenIn(source)].sort()) {
    if (isFresh || random(2) === 0) continue;
    const old = join(plain, 'target', path);
    mkdirSync(what.startsWith('folder') ? old : join(old, '..'), { recursive: true });
    if (!what.startsWith('folder')) writeFileSync(old, `old ${path}`);
  }
  const before = seenIn(join(plain, 'target'));
  renameSync(plain, faulty);
  const target = join(faulty, 'target');
  let outcome: ExtractTarOutcome | undefined;
  let code = '';
  try {
    const options = { component: 'files', pool, target, existing: 'overwrite', restoreId: 'r-1' } as const;
    outcome = await extractTar({ ...made, ...options });
  } catch (error) {
    code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  renameSync(faulty, plain);
  const leftovers = readdirSync(join(plain, 'target')).filter((name) => name.startsWith('.holdfast'));
  await cleanUpExtraction(join(plain, 'target'), 'r-1');
  const wrong = judge(source, outcome, seenIn(source), before, seenIn(join(plain, 'target')));
  if (leftovers.length > 0) wrong.push('a staging folder is left');
  if (outcome === undefined && !/^E[A-Z]+$/.test(code)) wrong.push(`it ended by ${code}`);
  if (wrong.length > 0)
    console.log(JSON.stringify({ seed, wrong: wrong.slice(0, 5), skipped: outcome?.skipped }));
  seen[wrong.length > 0 ? 'wrong' : code !== '' ? 'failed' : outcome?.skippedCount ? 'named' : 'restored'] +=
    1;
}
await pool.close();
console.log(JSON.stringify(seen));
