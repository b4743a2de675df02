/**
 * Joins ranges of objects and bytes at hand into one object of S3, server-side where the rules allow it, in as many calls
 * as that takes: what S3 has of a multipart upload it says itself, and which upload it is the cursor says.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { HoldfastError } from '../../../model/errors.ts';
import { inOneCall, type JoinSteps } from '../../../ports/object-store.ts';
import { isAwsError } from '../sdk/aws-errors.ts';
import { backOff } from '../sdk/backoff.ts';
import { crc32AsS3, crc32OfWhole } from './crc32-of-whole.ts';
import {
  type Extent,
  extentBytes,
  groupParts,
  limitsFor,
  type MultipartLimits,
  type PlannedPart,
  partBytes,
  planParts,
} from './multipart-plan.ts';
import {
  beginUpload,
  completeUpload,
  endUpload,
  isMade,
  type Joined,
  partsSent,
  putWhole,
  sendMissing,
} from './multipart-upload.ts';
import { failedWrite, fileExists, isRace, isTaken } from './s3-errors.ts';
import type { S3Location } from './s3-places.ts';

const MAX_RACES = 6;

export interface JoinOptions {
  readonly client: S3Client;
  readonly limits: MultipartLimits;
  /** Where parts are joined first when there are too many for one upload; used for nothing else. */
  readonly joined: (index: number) => S3Location;
  /** Called with each multipart upload before its first part, so that a crash leaves none that cannot be ended. */
  readonly onUpload: (object: S3Location, multipartId: string) => Promise<void>;
  /** Called with an object for which the store computed another checksum than that of its pieces. */
  readonly onOtherSum?: ((object: S3Location) => void) | undefined;
  /** @default all in this call, and what fails is begun anew by the next */
  readonly steps?: JoinSteps | undefined;
}

/** How far a joining is. */
const cursorSchema = z.strictObject({
  /** Which cut into parts this is: another version of Holdfast may cut otherwise, and then begins anew. */
  plan: z.string(),
  /** So many of the groups of parts are objects of their own. */
  joined: z.number().int().nonnegative(),
  /** The multipart upload of the next one, or of the whole; null before it is begun. */
  multipartId: z.string().nullable(),
  /** How often the whole was begun anew because somebody else wrote at the same moment. */
  races: z.number().int().nonnegative(),
  /** The store refused the sum of the whole, and is asked to join without. */
  withoutSum: z.boolean(),
});
type Cursor = z.infer<typeof cursorSchema>;
const begin: Cursor = { plan: '', joined: 0, multipartId: null, races: 0, withoutSum: false };

/**
 * Writes the object, which becomes visible whole and at once. When the CRC-32 of every extent is known, the store gets
 * that of the whole: by accepting it, it proves that it joined these bytes. A refusal is reported, and the object is
 * joined without a checksum: either the bytes are wrong, which reading the archive back will find, or the store
 * computes checksums wrongly.
 *
 * @returns false when the steps are to go on in another call
 * @throws HoldfastError `file_exists`, `not_found`, `archive_cut`, `place_unwritable`, `unavailable`.
 */
export const joinObject = async (
  options: JoinOptions,
  to: Omit<Joined, 'sum'>,
  extents: readonly Extent[],
): Promise<boolean> => {
  const joining = new Joining(options, to.object);
  const sum = sumOf(extents);
  if (options.steps !== undefined && (await isMade(options.client, to))) return true;
  for (;;) {
    const whole: Joined = joining.cursor.withoutSum ? to : { ...to, sum };
    try {
      return await joining.write(whole, extents);
    } catch (thrown) {
      // After a lost answer, the repeated request may be refused because the first one succeeded.
      const unclear = isTaken(thrown) || isAwsError(thrown, 'NoSuchUpload');
      if (unclear && (await isMade(options.client, whole))) return true;
      await joining.recover(thrown, whole);
    }
    await backOff(joining.cursor.races);
  }
};

class Joining {
  readonly #options: JoinOptions;
  readonly #steps: JoinSteps;
  /** Of the whole; where its upload is under way. */
  readonly #object: S3Location;
  cursor: Cursor;

  constructor(options: JoinOptions, object: S3Location) {
    this.#options = options;
    this.#steps = options.steps ?? inOneCall;
    this.#object = object;
    this.cursor = this.#steps.cursor === null ? begin : cursorSchema.parse(this.#steps.cursor);
  }

  async write(whole: Joined, extents: readonly Extent[]): Promise<boolean> {
    const { client, limits } = this.#options;
    const bytes = extents.reduce((sum, extent) => sum + extentBytes(extent), 0);
    const parts = planParts(extents, limitsFor(bytes, limits));
    const [only] = parts;
    if (bytes <= limits.minPartBytes || (parts.length === 1 && only !== undefined && 'gather' in only)) {
      await this.#keep({});
      await putWhole(client, whole, extents);
      return true;
    }
    const plan = planOf(parts, limits);
    if (this.cursor.plan !== plan) this.cursor = { ...begin, plan };
    const few = await this.#fewEnough(parts, whole.madeBy);
    return few !== undefined && this.#upload(whole, few);
  }

  /** Makes ready for another try. @throws what no other try mends */
  async recover(thrown: unknown, { object, sum }: Joined): Promise<void> {
    const { races } = this.cursor;
    const refusesSum = isAwsError(thrown, 'BadDigest') && sum !== undefined;
    // Ended by others: by whoever ended the operation, and then the next write under its fence is refused; or in time.
    const isGone = this.#options.steps !== undefined && isAwsError(thrown, 'NoSuchUpload', 'InvalidPart');
    const again = races + 1 < MAX_RACES && !isTaken(thrown) && (refusesSum || isGone || isRace(thrown));
    // Where another call may go on with it, an upload stays.
    if (again || isTaken(thrown) || this.#options.steps === undefined) await this.#giveUp(object);
    if (isTaken(thrown)) throw fileExists(object, thrown);
    if (!again) throw failedWrite(thrown, object);
    if (refusesSum) this.#options.onOtherSum?.(object);
    await this.#keep({
      multipartId: null,
      races: races + 1,
      ...(refusesSum && { withoutSum: true }),
    });
  }

  /** No more parts than one upload takes: groups of them are joined into objects of their own first. */
  async #fewEnough(parts: PlannedPart[], madeBy: string): Promise<PlannedPart[] | undefined> {
    const { maxParts, maxPartBytes } = this.#options.limits;
    if (parts.length <= maxParts) return parts;
    const groups = groupParts(parts, this.#options.limits);
    if (groups.length > maxParts)
      throw new HoldfastError(
        'storage_full',
        `the archive is larger than S3 can join: ${maxParts} parts of ${maxPartBytes} bytes; back up fewer components at once`,
      );
    const made: PlannedPart[] = [];
    for (const [index, group] of groups.entries()) {
      const [only] = group;
      if (group.length === 1 && only !== undefined) made.push(only);
      else {
        const from = this.#options.joined(index);
        if (
          !(await this.#joinGroup(index, group, {
            object: from,
            madeBy: `${madeBy}/${index}`,
            overwrite: true,
          }))
        )
          return undefined;
        const length = group.reduce((sum, part) => sum + partBytes(part), 0);
        made.push({ copy: { from, offset: 0, length } });
      }
    }
    return made;
  }

  async #joinGroup(index: number, group: readonly PlannedPart[], to: Joined): Promise<boolean> {
    if (index < this.cursor.joined) return true;
    try {
      if (!(await this.#upload(to, group))) return false;
    } catch (thrown) {
      const isDone = isAwsError(thrown, 'NoSuchUpload') && (await isMade(this.#options.client, to));
      if (!isDone) {
        if (this.#options.steps === undefined) await this.#giveUp(to.object);
        throw isAwsError(thrown, 'NoSuchUpload', 'InvalidPart') ? thrown : failedWrite(thrown, to.object);
      }
    }
    await this.#keep({ joined: index + 1, multipartId: null });
    return !this.#steps.stopsNext();
  }

  /** Goes on with the upload that the cursor names, or begins one. */
  async #upload(to: Joined, parts: readonly PlannedPart[]): Promise<boolean> {
    const { client } = this.#options;
    const { multipartId } = this.cursor;
    const sent = multipartId === null ? new Map() : await partsSent(client, to.object, multipartId);
    const id = multipartId ?? (await this.#beginUpload(to));
    const { stopsNext } = this.#steps;
    if (!(await sendMissing(client, to.object, id, { parts, sent, stopsNext }))) return false;
    await completeUpload(client, to, id, sent);
    return true;
  }

  /** Noted, and kept under the operation's fence, before anything is sent to it. */
  async #beginUpload(to: Joined): Promise<string> {
    const { client, onUpload } = this.#options;
    const id = await beginUpload(client, to);
    try {
      await onUpload(to.object, id);
      await this.#keep({ multipartId: id });
    } catch (thrown) {
      await endUpload(client, to.object, id).catch(() => undefined);
      throw thrown;
    }
    return id;
  }

  /** An upload that is noted: if it cannot be ended now, clearing ends it. What made it fail is what counts. */
  async #giveUp(object: S3Location): Promise<void> {
    const { multipartId } = this.cursor;
    if (multipartId !== null)
      await endUpload(this.#options.client, object, multipartId).catch(() => undefined);
  }

  async #keep(change: Partial<Cursor>): Promise<void> {
    this.cursor = { ...this.cursor, ...change };
    await this.#steps.keep(this.cursor);
  }
}

const planOf = (parts: readonly PlannedPart[], { maxParts, maxPartBytes }: MultipartLimits): string =>
  createHash('sha256')
    .update(JSON.stringify([maxParts, maxPartBytes, ...parts.map(partBytes)]))
    .digest('hex');

/** What an object is made by that may be joined in several calls: the same for the same extents of the same upload. */
export const makerOf = (uploadId: string, extents: readonly Extent[]): string => {
  const hash = createHash('sha256').update(uploadId);
  for (const extent of extents)
    if ('bytes' in extent) hash.update(`\n${extent.bytes.byteLength} `).update(extent.bytes);
    else
      hash.update(`\n${JSON.stringify([extent.from.bucket, extent.from.key, extent.offset, extent.length])}`);
  return hash.digest('hex');
};

/** The CRC-32 of the extents together, in S3's notation; undefined when that of one is unknown. */
const sumOf = (extents: readonly Extent[]): string | undefined => {
  const summed = extents.map((extent) => ({
    crc32: 'bytes' in extent ? crc32(extent.bytes) : extent.crc32,
    bytes: extentBytes(extent),
  }));
  return summed.every((one): one is { crc32: number; bytes: number } => one.crc32 !== undefined)
    ? crc32AsS3(crc32OfWhole(summed))
    : undefined;
};
