/** Components made by hand, which can hold what the engine never writes. */
import { hash } from 'node:crypto';
import { encryptBytes } from '../../../lib/archive/age/age-header.ts';
import { contentsLine } from '../../../lib/archive/contents/contents-line.ts';
import { type ContentsEntry, contentsEntrySchema } from '../../../lib/archive/format.ts';
import { contentsName, segmentName } from '../../../lib/archive/member-names.ts';
import {
  TAR_END_BYTES,
  type TarEntry,
  tarContentBytes,
  tarPaddingBytes,
} from '../../../lib/archive/tar/tar-entry.ts';
import { tarHeaderBytes, writeTarHeader } from '../../../lib/archive/tar/tar-writer.ts';
import { describeMember } from '../../../lib/archive/writer/head.ts';
import { compressFrame } from '../../../lib/archive/zstd/zstd-frames.ts';
import type { EngineComponent } from '../samples/engine-archive.ts';

export interface HandMadeEntry extends Partial<TarEntry> {
  readonly path: string;
  readonly content?: string | Buffer;
  /** The type flag in the tar header, to make entries such as devices. */
  readonly flag?: string;
}

export const entryOf = ({ content = '', flag: _, ...entry }: HandMadeEntry): TarEntry => ({
  type: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: Buffer.byteLength(content),
  mtimeSeconds: 1_700_000_000,
  mtimeNanoseconds: 0,
  link: '',
  ...entry,
});

/** Sets another type flag in a header, and corrects the checksum. */
const setFlag = (header: Buffer, flag: string): void => {
  const before = header[156] ?? 0;
  header.write(flag, 156, 'latin1');
  const sum = Number.parseInt(header.toString('latin1', 148, 154), 8) - before + flag.charCodeAt(0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
};

/** The tar of these entries: headers, contents and padding, without the end blocks. */
export const tarOf = (entries: readonly HandMadeEntry[]): Buffer =>
  Buffer.concat(
    entries.flatMap((made) => {
      const entry = entryOf(made);
      const header = Buffer.alloc(tarHeaderBytes(entry));
      writeTarHeader(entry, header, 0);
      if (made.flag !== undefined) setFlag(header, made.flag);
      return [header, Buffer.from(made.content ?? ''), Buffer.alloc(tarPaddingBytes(entry.size))];
    }),
  );

export const TAR_END = Buffer.alloc(TAR_END_BYTES);

/** Contents lines of entries that fill one segment from its beginning. */
export const linesOf = (entries: readonly HandMadeEntry[], segment = 1): string => {
  let at = 0;
  return entries
    .map((made) => {
      const entry = entryOf(made);
      const headerAt = at;
      const contentAt = at + tarHeaderBytes(entry);
      at = contentAt + tarContentBytes(entry.size);
      const placement =
        entry.type === 'file'
          ? { segment, offset: contentAt, sha256: hash('sha256', made.content ?? '') }
          : { segment, offset: headerAt };
      return contentsLine(entry, entry.type, placement);
    })
    .join('');
};

/** A segment with these entries, and the contents lines that describe it. */
export const listedSegment = (
  entries: readonly HandMadeEntry[],
  { segment = 1, endsTar }: { readonly segment?: number; readonly endsTar: boolean },
): { readonly plain: Buffer; readonly listed: ContentsEntry[] } => ({
  plain: Buffer.concat([tarOf(entries), endsTar ? TAR_END : Buffer.alloc(0)]),
  listed: linesOf(entries, segment)
    .split('\n')
    .filter(Boolean)
    .map((line) => contentsEntrySchema.parse(JSON.parse(line))),
});

/** Segments with these plain bytes, and one contents member with `lines` for all of them. */
export const handMadeSegments = (
  segments: readonly Buffer[],
  lines: string | Buffer,
  stream?: string,
): EngineComponent => ({
  ...(stream === undefined ? {} : { stream }),
  capture: async ({ sink, recipient }) => {
    const emit = async (name: string, bytes: Buffer, counts: object): Promise<void> => {
      const sealed = await encryptBytes(compressFrame(bytes, 1), { recipients: [recipient] });
      await sink.emit({
        member: { ...describeMember(name, sealed), plainBytes: bytes.length, ...counts },
        bytes: [sealed],
      });
    };
    for (const [index, plain] of segments.entries())
      await emit(segmentName('files', index + 1, stream), plain, {});
    const contents = Buffer.from(lines);
    const entries = contents.toString('latin1').split('\n').length - 1;
    await emit(contentsName('files', 1), contents, {
      entries,
      firstSegment: 1,
      lastSegment: segments.length,
    });
    return { done: true, sourceBytes: 0, entries, skippedCount: 0 };
  },
});

/** A component of one segment with these entries. `listed` replaces the correct contents lines. */
export const handMadeComponent = (
  entries: readonly HandMadeEntry[],
  listed: readonly HandMadeEntry[] = entries,
): EngineComponent => handMadeSegments([Buffer.concat([tarOf(entries), TAR_END])], linesOf(listed));
