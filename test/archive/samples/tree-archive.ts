/** An archive of a tree and a stream, captured by the engine and sealed in memory. */
import { type AgeKeyPair, generateArchiveKey } from '../../../lib/archive/age/age-header.ts';
import type { CaptureOutcome } from '../../../lib/archive/capture/capture-sink.ts';
import { captureStream } from '../../../lib/archive/capture/capture-stream.ts';
import { captureTree } from '../../../lib/archive/capture/capture-tree.ts';
import type { ComponentSummary, Encryption, Head } from '../../../lib/archive/format.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { SequentialWriter } from '../../../lib/archive/writer/archive-writer.ts';
import type { ArchiveSigner } from '../../../lib/archive/writer/tail.ts';
import { isAtOrBefore, walk } from '../../../lib/components/directory/walk.ts';
import { MemorySink } from './engine-archive.ts';

export interface TreeArchiveParts {
  readonly root: string;
  readonly stream: Uint8Array;
  readonly encryption: Encryption;
  readonly signer: ArchiveSigner;
  /** Makes the bytes of `key.age` or `key.kms`. */
  seal(identity: string): Promise<Uint8Array>;
  readonly postQuantum?: boolean;
  readonly segmentBytes?: number;
}

export const createdAt = '2026-11-20T03:00:00.250Z';

/** The components are `files` and `database`; the stream of `database` is called `database.dump`. */
export const makeTreeArchive = async (parts: TreeArchiveParts): Promise<Buffer> => {
  const { segmentBytes = 65_536, postQuantum = false } = parts;
  const key: AgeKeyPair = await generateArchiveKey({ postQuantum });
  const sinks = { files: new MemorySink(), database: new MemorySink() };
  const pool = new SegmentPool({ size: 2 });
  const how = { recipient: key.recipient, segmentBytes, pool };
  let files: CaptureOutcome;
  let database: CaptureOutcome;
  try {
    files = await captureTree({
      ...how,
      component: 'files',
      sink: sinks.files,
      root: parts.root,
      items: walk(parts.root),
      isAtOrBefore,
    });
    database = await captureStream({
      ...how,
      component: 'database',
      sink: sinks.database,
      stream: 'database.dump',
      mtime: new Date(createdAt),
      content: (async function* () {
        yield parts.stream;
      })(),
    });
  } finally {
    await pool.close();
  }
  const head: Head = {
    format: 1,
    backupId: 'golden-6f9619ff-8b86-4011-b42d-00c04fc964ff',
    installation: 'acme',
    createdAt,
    createdBy: 'ops@example.com',
    description: 'a tree with what a backup is apt to get wrong, and a stream',
    scope: 'system',
    domain: 'root',
    productVersion: '0.1.0',
    archiveKey: key.recipient,
    segmentBytes,
  };
  const pieces: Uint8Array[] = [];
  const writer = new SequentialWriter(head, (bytes) => pieces.push(...bytes));
  await writer.begin({
    components: [
      { id: 'files', kind: 'directory', layout: 'tar' },
      { id: 'database', kind: 'postgres', layout: 'stream', stream: 'database.dump' },
    ],
  });
  for (const sink of Object.values(sinks)) await sink.writeTo(writer);
  await writer.end(
    {
      completedAt: '2026-11-20T03:00:01Z',
      encryption: parts.encryption,
      components: {
        files: summary('directory', files),
        database: { ...summary('postgres', database), layout: 'stream', stream: 'database.dump' },
      },
      sealedKey: await parts.seal(key.identity),
    },
    parts.signer,
  );
  return Buffer.concat(pieces);
};

const summary = (kind: string, { sourceBytes, entries, skippedCount }: CaptureOutcome): ComponentSummary => ({
  kind,
  layout: 'tar',
  outcome: 'complete',
  capturedAt: createdAt,
  sourceBytes,
  entries,
  skippedCount,
  skipped: [],
  details: {},
});
