/**
 * The entries of a tar component lie in its segments one behind the other, with nothing between, from the first byte to
 * the last. Contents and the manifest say where each lies, so this is checked before a segment is opened.
 */
import type { ContentsEntry, Member } from '../format.ts';
import { placeOf } from '../member-names.ts';
import { TAR_END_BYTES, type TarEntry, tarContentBytes, tarPaddingBytes } from '../tar/tar-entry.ts';
import { tarHeaderBytes } from '../tar/tar-writer.ts';
import { contentsWrong } from './tree-entry.ts';

export type Pieces = NonNullable<ContentsEntry['pieces']>;

/** Content that runs on into the segments that follow. */
export interface RunOn {
  /** Size of the whole entry. */
  readonly size: number;
  readonly pieces: Pieces;
}

/** The part of a segment that one entry, or several consecutive ones, take up. */
export interface ListedSpan {
  readonly segment: number;
  /** Where the first entry's header begins, pax header included. */
  readonly startsAt: number;
  /** Where the next entry's header would begin. */
  readonly endsAt: number;
  /** The rest of the last entry. */
  readonly runOn: RunOn | undefined;
}

export const spanOf = (
  entry: TarEntry,
  { segment, offset, pieces }: Pick<ContentsEntry, 'segment' | 'offset' | 'pieces'>,
): ListedSpan => {
  const header = tarHeaderBytes(entry);
  const startsAt = entry.type === 'file' ? offset - header : offset;
  const here = pieces?.[0]?.bytes ?? tarContentBytes(entry.size);
  return {
    segment,
    startsAt,
    endsAt: startsAt + header + here,
    runOn: pieces === undefined ? undefined : { size: entry.size, pieces },
  };
};

/** A piece with its place in the content, and the padding after the last piece. */
export interface PlacedRunOnPiece {
  readonly segment: number;
  readonly from: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly padding: number;
}

export function* placedPieces({ size, pieces }: RunOn): Generator<PlacedRunOnPiece, void, undefined> {
  let from = 0;
  for (const [index, { segment, bytes, sha256 }] of pieces.entries()) {
    const padding = index === pieces.length - 1 ? tarPaddingBytes(size) : 0;
    yield { segment, from, bytes, sha256, padding };
    from += bytes;
  }
}

/** Takes the entries that contents list, in their order. */
export class SegmentTiling {
  readonly #onTarEnd: (segment: number, at: number) => void;
  readonly #segments: readonly { readonly number: number; readonly plainBytes: number }[];
  #index = 0;
  #at = 0;

  /**
   * @param segments of one component, in their order.
   * @param onTarEnd called with each segment that ends the tar, and where its end blocks must be.
   */
  constructor(
    segments: readonly Pick<Member, 'name' | 'plainBytes'>[],
    onTarEnd: (segment: number, at: number) => void = () => {},
  ) {
    this.#onTarEnd = onTarEnd;
    this.#segments = segments.map(({ name, plainBytes = 0 }) => {
      const place = placeOf(name);
      if (place?.kind !== 'segment') throw new TypeError(`${name} is not the name of a segment`);
      return { number: place.number, plainBytes };
    });
  }

  /** The segment that the next entry lies in: all earlier ones are complete. `Infinity` at the end. */
  get segment(): number {
    return this.#segments[this.#index]?.number ?? Number.POSITIVE_INFINITY;
  }

  get #bytes(): number {
    return this.#segments[this.#index]?.plainBytes ?? 0;
  }

  /** Begins with this span instead of the first segment: what comes before it is not looked at. */
  beginWith({ segment, startsAt }: ListedSpan): void {
    this.#index = this.#segments.findIndex(({ number }) => number === segment);
    if (this.#index < 0) throw contentsWrong(`speak of segment ${segment}, which is not there`);
    this.#at = startsAt;
  }

  /** @throws `archive_damaged` unless the span begins where the one before it ends */
  take({ segment, startsAt, endsAt, runOn }: ListedSpan): void {
    while (this.segment < segment) this.#leave();
    if (this.segment !== segment)
      throw contentsWrong(`list an entry in segment ${segment}, which is not the next segment`);
    if (startsAt !== this.#at)
      throw contentsWrong(
        `list an entry at byte ${startsAt} of segment ${segment}, and the entry before it ends at byte ${this.#at}`,
      );
    this.#at = endsAt;
    if (runOn !== undefined) this.#takePieces(runOn);
    if (this.#at > this.#bytes) throw contentsWrong(`list more bytes than segment ${this.segment} has`);
  }

  /** @throws `archive_damaged` unless the entries fill all remaining segments, apart from the tar's end */
  end(): void {
    while (this.#index < this.#segments.length) this.#leave();
  }

  #takePieces({ pieces, size }: RunOn): void {
    let from = 0;
    for (const [index, { segment, offset, bytes }] of pieces.entries()) {
      if (index > 0) {
        const next = this.segment + 1;
        this.#index += 1;
        if (segment !== next || this.segment !== next || offset !== 0)
          throw contentsWrong('list pieces of an entry that do not follow each other');
        this.#at = bytes;
      }
      from += bytes;
      if (index < pieces.length - 1 && this.#at !== this.#bytes)
        throw contentsWrong(`list a piece of an entry that does not end where segment ${segment} ends`);
    }
    if (from !== size) throw contentsWrong('list pieces that do not add up to the whole entry');
    this.#at += tarPaddingBytes(size);
  }

  #leave(): void {
    const rest = this.#bytes - this.#at;
    const isLast = this.#index === this.#segments.length - 1;
    if (rest !== TAR_END_BYTES && (rest !== 0 || isLast))
      throw contentsWrong(`do not list all bytes of segment ${this.segment}`);
    if (rest !== 0) this.#onTarEnd(this.segment, this.#at);
    this.#index += 1;
    this.#at = 0;
  }
}
