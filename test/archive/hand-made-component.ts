/** Components put together by hand, so that they can hold what the engine would never write. */
import { encryptBytes } from '../../lib/archive/age/age-header.ts';
import { contentsLine } from '../../lib/archive/capture/contents-line.ts';
import { describeMember } from '../../lib/archive/container/head.ts';
import { contentsName, segmentName } from '../../lib/archive/format.ts';
import { compressFrame } from '../../lib/archive/segments/zstd-frames.ts';
import { TAR_END_BYTES, type TarEntry, tarPaddingBytes } from '../../lib/archive/tar/tar-entry.ts';
import { tarHeaderBytes, writeTarHeader } from '../../lib/archive/tar/tar-writer.ts';
import type { EngineComponent } from './engine-archive.ts';

export interface HandMadeEntry extends Partial<TarEntry> {
  readonly path: string;
  readonly content?: string;
  /** The type flag in the tar header: for devices. */
  readonly flag?: string;
}

const entryOf = ({ content = '', flag: _, ...entry }: HandMadeEntry): TarEntry => ({
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

/** A header with another type flag, and the checksum that goes with it. */
const setFlag = (header: Buffer, flag: string): void => {
  const before = header[156] ?? 0;
  header.write(flag, 156, 'latin1');
  const sum = Number.parseInt(header.toString('latin1', 148, 154), 8) - before + flag.charCodeAt(0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
};

/** One segment with these entries. `listed` says what contents tell instead of the truth. */
export const handMadeComponent = (
  entries: readonly HandMadeEntry[],
  listed: readonly HandMadeEntry[] = entries,
): EngineComponent => ({
  capture: async ({ sink, recipient }) => {
    const parts: Buffer[] = [];
    for (const made of entries) {
      const entry = entryOf(made);
      const header = Buffer.alloc(tarHeaderBytes(entry));
      writeTarHeader(entry, header, 0);
      if (made.flag !== undefined) setFlag(header, made.flag);
      parts.push(header, Buffer.from(made.content ?? ''), Buffer.alloc(tarPaddingBytes(entry.size)));
    }
    const plain = Buffer.concat([...parts, Buffer.alloc(TAR_END_BYTES)]);
    const lines = Buffer.from(
      listed
        .map(entryOf)
        .map((entry) => contentsLine(entry, entry.type, { segment: 1, offset: 0 }))
        .join(''),
    );
    const emit = async (name: string, bytes: Buffer, counts: object): Promise<void> => {
      const sealed = await encryptBytes(compressFrame(bytes, 1), { recipients: [recipient] });
      await sink.emit({
        member: { ...describeMember(name, sealed), plainBytes: bytes.length, ...counts },
        bytes: [sealed],
      });
    };
    await emit(segmentName('files', 1), plain, {});
    await emit(contentsName('files', 1), lines, { entries: listed.length, firstSegment: 1, lastSegment: 1 });
    return { done: true, sourceBytes: 0, entries: listed.length, skippedCount: 0 };
  },
});
