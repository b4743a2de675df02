/** The records of one pass over an archive: which task reads which members, and what all of them have found. */
import { framedBytes } from '../../archive/layout/outer-tar.ts';
import type { MemberRange } from '../../archive/verify/verify.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { VerifyRange } from '../../model/records/verify-range.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { passOrder } from '../../ports/catalog/placement.ts';
import type { Host } from '../../ports/host.ts';

/** The most ranges: far fewer tasks than a workflow's state can hold, and few enough for a Map to finish soon. */
export const MAX_RANGES = 10_000;

/**
 * Cuts consecutive members into ranges of at most `rangeBytes`, or of one larger member. Ranges are larger when there
 * would be too many.
 */
export const cutRanges = (
  members: readonly { readonly size: number }[],
  rangeBytes: number,
): MemberRange[] => {
  const total = members.reduce((sum, { size }) => sum + framedBytes(size), 0);
  const most = Math.max(rangeBytes, (2 * total) / MAX_RANGES);
  const ranges: MemberRange[] = [];
  let from = 0;
  let bytes = 0;
  for (const [index, { size }] of members.entries()) {
    if (index > from && bytes + framedBytes(size) > most) {
      ranges.push({ from, to: index });
      from = index;
      bytes = 0;
    }
    bytes += framedBytes(size);
  }
  return [...ranges, { from, to: members.length }];
};

/** The ranges of a pass, in their order; empty before it is planned. */
export const readRanges = (
  host: Pick<Host, 'catalog'>,
  operationId: string,
  pass: string,
): Promise<VerifyRange[]> =>
  Array.fromAsync(everyRecord(host, 'verifyRange', { group: operationId, orderPrefix: passOrder(pass) }));

/** Whether these are all ranges of one plan, and not a part that was written before a crash. */
export const isWholePlan = (ranges: readonly VerifyRange[], manifestSha256: string): boolean =>
  ranges.length > 0 &&
  ranges.every(
    (one, index) =>
      one.range === index &&
      one.ranges === ranges.length &&
      one.manifestSha256 === manifestSha256 &&
      one.from === (ranges[index - 1]?.to ?? 0),
  ) &&
  ranges.at(-1)?.to === ranges.at(-1)?.members;

/** What all tasks of a pass together have found. */
export interface ReadBack {
  readonly manifestSha256: string;
  readonly bytes: number;
  readonly members: number;
  /** The SHA-256 of the file; empty when several tasks have read it. */
  readonly sha256: string;
}

/** What a pass has found; undefined until every member was read and found good. */
export const findReadBack = async (
  host: Pick<Host, 'catalog'>,
  operationId: string,
  pass: string,
): Promise<ReadBack | undefined> => {
  const ranges = await readRanges(host, operationId, pass);
  const { manifestSha256 = '', members = 0, sha256 = '' } = ranges[0] ?? {};
  if (!isWholePlan(ranges, manifestSha256) || ranges.some(({ next, to }) => next !== to)) return undefined;
  const bytes = ranges.reduce((sum, one) => sum + one.bytes, 0);
  return { manifestSha256, members, bytes, sha256 };
};

/**
 * As `findReadBack`, for a step that needs the result.
 *
 * @throws `internal` when something is missing: then the workflow has left out a task, and nothing may be called good;
 * `fence_lost` when the operation has ended, and its ranges are gone
 */
export const requireReadBack = async (
  host: Pick<Host, 'catalog'>,
  hold: Hold,
  pass: string,
): Promise<ReadBack> => {
  const found = await findReadBack(host, hold.operationId, pass);
  if (found !== undefined) return found;
  await host.catalog.commit([], { under: hold });
  throw new HoldfastError(
    'internal',
    `operation ${hold.operationId} has not read all of its archive back, so the archive does not count as verified`,
  );
};
