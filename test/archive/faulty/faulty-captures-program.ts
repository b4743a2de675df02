/**
 * Captures random trees while the file system fails and the tree changes: `faulty-captures-program.ts SEED
 * COUNT`, with `faulty-files.js` preloaded. Prints one JSON line for each case with a fault, and then how
 * often each outcome occurred.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { captureTree } from '../../../lib/archive/capture/capture-tree.ts';
import { extractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { unreadableDetails } from '../../../lib/archive/reader/unreadable.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { verifyArchive } from '../../../lib/archive/verify/verify.ts';
import { isAtOrBefore, walk } from '../../../lib/components/directory/walk.ts';
import { randomFrom } from '../../random-pieces.ts';
import { type EngineArchive, makeEngineArchive } from '../samples/engine-archive.ts';
import { scratchFolder } from '../samples/tree-fixtures.ts';
import { growTree, isNamed, kindOf, linksIn, seenIn } from './faulty-trees.ts';

const [firstSeed = 1, count = 1] = process.argv.slice(2).map(Number);

/** What was at a path at one moment, or the error of a call there. */
interface Moment {
  readonly path: string;
  readonly gone?: true;
  readonly folder?: true;
  readonly file?: string;
  readonly link?: string;
  readonly code?: string;
}

const kindOfMoment = ({ folder, file, link }: Moment): string =>
  folder === true ? 'folder' : file === undefined ? `link ${link}` : `file ${file}`;

const isAbove = (path: string, below: string): boolean => below === path || below.startsWith(`${path}/`);

const judge = (
  before: ReadonlyMap<string, string>,
  links: ReadonlyMap<string, readonly string[]>,
  history: readonly Moment[],
  named: ReadonlySet<string>,
  after: ReadonlyMap<string, string>,
): string[] => {
  const wrong: string[] = [];
  const changes = history.filter(({ code }) => code === undefined);
  for (const [path, seen] of after) {
    if (seen.startsWith('file secret')) wrong.push(`${path} is of outside the tree`);
    if (isNamed(path, named)) continue;
    const moments = changes.filter((moment) => moment.path === path && moment.gone === undefined);
    const kinds = [kindOf(before.get(path)), ...moments.map(kindOfMoment)];
    if (!kinds.includes(kindOf(seen))) wrong.push(`${path} is as it never was, and is not named`);
  }
  for (const path of before.keys()) {
    // An incomplete file is reported only by the first of its names.
    if (after.has(path) || [path, ...(links.get(path) ?? [])].some((one) => isNamed(one, named))) continue;
    // When something replaces a folder, the folder's entries are gone too.
    const wasGone = changes.some((moment) => moment.gone === true && isAbove(moment.path, path));
    if (!wasGone) wrong.push(`${path} was there all the time, is not in the archive, and is not named`);
  }
  return wrong;
};

const pool = new SegmentPool({ size: 2 });
const seen = { captured: 0, named: 0, failed: 0, wrong: 0, faults: 0, changes: 0 };
for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
  using scratch = scratchFolder();
  const random = randomFrom(seed);
  const plain = join(scratch.path, 'plain');
  const faulty = join(scratch.path, `faulty-tree-${seed}-${[10, 40, 200][random(3)]}`);
  const history = join(scratch.path, 'history');
  mkdirSync(join(plain, 'source'), { recursive: true });
  mkdirSync(join(scratch.path, 'outside'));
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    writeFileSync(join(scratch.path, 'outside', name), 'secret '.repeat(1 + random(300)));
  growTree(join(plain, 'source'), random, 'old', ['a', 'b', 'c', 'd', 'e'].slice(random(3)));
  writeFileSync(history, '');
  const before = seenIn(join(plain, 'source'));
  const links = linksIn(join(plain, 'source'));
  renameSync(plain, faulty);
  const root = join(faulty, 'source');
  let made: EngineArchive | undefined;
  let code = '';
  try {
    const capture: Parameters<typeof makeEngineArchive>[0][string]['capture'] = async (how) => {
      const items = walk(root);
      const outcome = await captureTree({ ...how, root, items, isAtOrBefore, component: 'files', pool });
      return { ...outcome, details: unreadableDetails(outcome.unreadable ?? []) };
    };
    made = await makeEngineArchive({ files: { capture } });
  } catch (error) {
    code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  const moments: Moment[] = readFileSync(history, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const wrong: string[] = [];
  let skipped: { path: string; reason: string }[] = [];
  if (made === undefined) {
    // Only an error at the root itself may end the capture.
    const atRoot = moments.some((moment) => moment.path === '' && moment.code === code);
    if (!atRoot) wrong.push(`it ended by ${code}`);
  } else {
    skipped = made.sinks.files?.groups.flatMap((group) => group.skipped) ?? [];
    try {
      await verifyArchive(made.archive, { identity: made.identity });
      const target = join(scratch.path, 'target');
      mkdirSync(target);
      const options = { component: 'files', pool, target, existing: 'refuse', restoreId: 'r-1' } as const;
      await extractTar({ ...made, ...options });
      const named = new Set(skipped.map(({ path }) => path));
      wrong.push(...judge(before, links, moments, named, seenIn(target)));
      if (made.outcomes.files?.skippedCount !== skipped.length)
        wrong.push('what was left out is counted wrong');
    } catch (error) {
      wrong.push(`it cannot be restored: ${error}`);
    }
  }
  if (wrong.length > 0)
    console.log(
      JSON.stringify({
        seed,
        wrong: wrong.slice(0, 5),
        skipped,
        moments: moments.map((one) => ({ ...one, file: one.file?.slice(0, 40) })),
      }),
    );
  seen[
    wrong.length > 0 ? 'wrong' : made === undefined ? 'failed' : skipped.length > 0 ? 'named' : 'captured'
  ] += 1;
  seen.faults += moments.filter((moment) => moment.code !== undefined).length;
  seen.changes += moments.filter((moment) => moment.code === undefined).length;
}
await pool.close();
console.log(JSON.stringify(seen));
