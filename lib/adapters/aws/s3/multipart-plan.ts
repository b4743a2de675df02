/**
 * Plans how an object is joined from ranges of others within the rules of a multipart upload: a least size for every
 * part but the last, a greatest size, and a greatest number of parts. Pure arithmetic; it reads nothing.
 */
import type { S3Location } from './s3-places.ts';

/** Consecutive bytes of the finished object: in memory, or somewhere in the store. */
export type Extent =
  | { readonly bytes: Uint8Array }
  | { readonly from: S3Location; readonly offset: number; readonly length: number; readonly crc32?: number };

/** A part: copied by the store itself, or gathered from small extents and sent. */
export type PlannedPart =
  | { readonly copy: Extract<Extent, { from: S3Location }> }
  | { readonly gather: readonly Extent[]; readonly bytes: number };

export interface MultipartLimits {
  readonly minPartBytes: number;
  readonly maxPartBytes: number;
  readonly maxParts: number;
}
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const s3Limits: MultipartLimits = {
  minPartBytes: 5 * 1024 ** 2,
  maxPartBytes: 5 * 1024 ** 3,
  maxParts: 10_000,
};

/** The store copies a gibibyte in some seconds, so that a call which is to end is not kept by the part that it is at. */
const COPY_BYTES = 1024 ** 3;

/** The limits for an object of that size: no larger parts than it needs, and half of the greatest number to spare. */
export const limitsFor = (bytes: number, limits: MultipartLimits): MultipartLimits => ({
  ...limits,
  maxPartBytes: Math.min(
    limits.maxPartBytes,
    Math.max(COPY_BYTES, limits.minPartBytes * 2, Math.ceil(bytes / (limits.maxParts / 2))),
  ),
});

export const extentBytes = (extent: Extent): number =>
  'bytes' in extent ? extent.bytes.byteLength : extent.length;
export const partBytes = (part: PlannedPart): number => ('copy' in part ? part.copy.length : part.bytes);

const cut = (extent: Extent, at: number): [Extent, Extent] =>
  'bytes' in extent
    ? [{ bytes: extent.bytes.subarray(0, at) }, { bytes: extent.bytes.subarray(at) }]
    : [
        { ...extent, length: at },
        { ...extent, offset: extent.offset + at, length: extent.length - at },
      ];

/**
 * Returns parts that make up the extents in order. An extent smaller than a part is gathered with its neighbours: at
 * most `minPartBytes` of a large neighbour are sent with it, and the store copies the rest.
 */
export const planParts = (
  extents: readonly Extent[],
  { minPartBytes, maxPartBytes }: MultipartLimits,
): PlannedPart[] => {
  const parts: PlannedPart[] = [];
  let small: Extent[] = [];
  let smallBytes = 0;
  const gather = (extent: Extent): void => {
    if (extentBytes(extent) === 0) return;
    small.push(extent);
    smallBytes += extentBytes(extent);
  };
  const flush = (): void => {
    if (smallBytes > 0) parts.push({ gather: small, bytes: smallBytes });
    small = [];
    smallBytes = 0;
  };
  for (const extent of extents) {
    let rest = extent;
    if (smallBytes > 0) {
      const [head, tail] = cut(rest, Math.min(minPartBytes - smallBytes, extentBytes(rest)));
      gather(head);
      rest = tail;
      if (smallBytes < minPartBytes) continue;
      // A rest that is too small for a part of its own is gathered as well.
      if (extentBytes(rest) < minPartBytes) {
        gather(rest);
        flush();
        continue;
      }
      flush();
    }
    if ('bytes' in rest || rest.length < minPartBytes) gather(rest);
    else for (const copy of copies(rest, minPartBytes, maxPartBytes)) parts.push({ copy });
    if (smallBytes >= minPartBytes) flush();
  }
  flush();
  return parts;
};

/** Splits a range into parts of at most the greatest size, none below the least. */
const copies = (
  extent: Extract<Extent, { from: S3Location }>,
  minPartBytes: number,
  maxPartBytes: number,
): Extract<Extent, { from: S3Location }>[] => {
  const made: Extract<Extent, { from: S3Location }>[] = [];
  let { offset, length } = extent;
  while (length > 0) {
    const full = Math.min(length, maxPartBytes);
    const taken = length - full > 0 && length - full < minPartBytes ? full - minPartBytes : full;
    made.push({ ...extent, offset, length: taken });
    offset += taken;
    length -= taken;
  }
  return made;
};

/**
 * Puts consecutive parts into as few groups as `maxPartBytes` allows: each group is joined into an object, which is
 * then one part. This allows 10,000 parts of 10,000 parts each, up to 10,000 times the greatest part: 48.8 TiB.
 */
export const groupParts = (
  parts: readonly PlannedPart[],
  { maxPartBytes, maxParts }: MultipartLimits,
): PlannedPart[][] => {
  const groups: PlannedPart[][] = [];
  let room = 0;
  for (const part of parts) {
    const last = groups.at(-1);
    if (last !== undefined && partBytes(part) <= room && last.length < maxParts) last.push(part);
    else {
      groups.push([part]);
      room = maxPartBytes;
    }
    room -= partBytes(part);
  }
  return groups;
};
