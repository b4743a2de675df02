/** Extracts a tar component into a directory, or says what that would do. */
import { realpathSync } from 'node:fs';
import { holdOpen } from '../destination/hold-open.ts';
import { makeFolders } from '../destination/make-folders.ts';
import { stagingName } from '../destination/staging.ts';
import { TargetConflict } from '../destination/target-folder.ts';
import { byteStringOf, fileSystemPath } from '../tar/byte-string.ts';
import { type ExtractTarOptions, type ExtractTarOutcome, selectionOf } from './extract-options.ts';
import { planExtraction } from './plan/extract-plan.ts';
import type { ExtractionPlan } from './plan/extraction.ts';
import { TreeExtraction } from './tree-extraction.ts';

const planOptions = ({
  archive,
  component,
  identity,
  pool,
  target,
  existing,
  select,
  renamed,
  rootAttributes,
  own,
  signal,
}: ExtractTarOptions) => ({
  archive,
  component,
  identity,
  pool,
  existing,
  target: byteStringOf(target),
  select: selectionOf(select),
  renamed: renamed && new Map([...renamed].map(([path, name]) => [byteStringOf(path), byteStringOf(name)])),
  rootAttributes,
  own,
  signal,
});

/** Says what `extractTar` would do. Changes nothing. @throws as `planExtraction` */
export const planExtractTar = async (options: ExtractTarOptions): Promise<ExtractionPlan> =>
  (await planExtraction(planOptions(options))).plan;

/**
 * Extracts a component of layout tar, all of it or some. Existing things that are in no entry's way stay.
 *
 * @throws `TargetConflict` before anything is changed when something in the target is in the way, or, with `existing:
 * 'refuse'`, exists already; `ArchiveError` for a faulty archive; errors of the system that do not concern one entry
 * alone, with their `code` (ENOSPC); the signal's reason. What the system refuses for one entry is named. Finished
 * entries stay; but after a lost thread, nothing that was made for an empty target does.
 */
export const extractTar = async (options: ExtractTarOptions): Promise<ExtractTarOutcome> => {
  stagingName(options.restoreId);
  options.pool.start();
  const withHashes = options.checkHashes ?? true;
  const extraction = await planExtraction({ ...planOptions(options), withHashes });
  const { counts, entries } = extraction.plan;
  if (counts.refuse > 0) {
    const [first] = entries;
    const more = counts.refuse === 1 ? '' : `, and ${counts.refuse - 1} more`;
    throw new TargetConflict(
      `${first?.path ?? ''} cannot be restored: ${first?.reason ?? ''}${more}; remove it, or choose another target`,
    );
  }
  makeFolders(options.target);
  const path = realpathSync(fileSystemPath(byteStringOf(options.target)), 'buffer').toString('latin1');
  if (!extraction.needsShortName) return new TreeExtraction(options, extraction, path).run();
  using held = holdOpen(path);
  return await new TreeExtraction(options, extraction, held.path).run();
};
