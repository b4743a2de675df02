/**
 * Archives that the engine makes in memory for tests: captures components, seals the archive and opens it.
 */

import { generateArchiveKey } from '../../../lib/archive/age/age-header.ts';
import type {
  CapturedGroup,
  CaptureOutcome,
  CaptureSink,
} from '../../../lib/archive/capture/capture-sink.ts';
import type { ComponentSummary, Head, Member } from '../../../lib/archive/format.ts';
import { sealArchiveKey } from '../../../lib/archive/keys/archive-key.ts';
import { generateSigningKey, signBytes } from '../../../lib/archive/keys/signature.ts';
import { bytesSource } from '../../../lib/archive/reader/byte-source.ts';
import { type OpenedArchive, openArchive } from '../../../lib/archive/reader/open.ts';
import { SequentialWriter } from '../../../lib/archive/writer/archive-writer.ts';

const createdAt = '2026-11-20T03:00:00.000Z';

/** Keeps all members; `onCheckpoint` may stop the capture. */
export class MemorySink implements CaptureSink {
  readonly members: Member[] = [];
  readonly bytes: Buffer[] = [];
  readonly groups: CapturedGroup[] = [];
  readonly onCheckpoint: (group: CapturedGroup) => 'continue' | 'stop';

  constructor(onCheckpoint: (group: CapturedGroup) => 'continue' | 'stop' = () => 'continue') {
    this.onCheckpoint = onCheckpoint;
  }

  async emit({ member, bytes }: Parameters<CaptureSink['emit']>[0]): Promise<void> {
    this.members.push(member);
    this.bytes.push(Buffer.concat(bytes));
  }

  async checkpoint(group: CapturedGroup): Promise<'continue' | 'stop'> {
    this.groups.push(group);
    return this.onCheckpoint(group);
  }

  progress(): void {}

  /** Writes all members in the order of their arrival. */
  async writeTo(writer: SequentialWriter): Promise<void> {
    for (const [index, member] of this.members.entries())
      await writer.add({ member, bytes: [this.bytes[index] ?? Buffer.alloc(0)] });
  }
}

export interface EngineCapture {
  readonly sink: CaptureSink;
  readonly recipient: string;
  readonly segmentBytes: number;
}

export interface EngineComponent {
  readonly stream?: string;
  capture(how: EngineCapture): Promise<CaptureOutcome & { readonly details?: ComponentSummary['details'] }>;
}

export interface EngineArchive {
  readonly archive: OpenedArchive;
  readonly identity: string;
  readonly outcomes: Readonly<Record<string, CaptureOutcome>>;
  readonly sinks: Readonly<Record<string, MemorySink>>;
  /** The whole archive file. */
  readonly bytes: Buffer;
}

/** Captures all components one after the other, and opens the sealed archive. */
export const makeEngineArchive = async (
  components: Readonly<Record<string, EngineComponent>>,
  segmentBytes = 65_536,
): Promise<EngineArchive> => {
  const { identity, recipient } = await generateArchiveKey();
  const signing = generateSigningKey();
  const outcomes: Record<string, CaptureOutcome> = {};
  const sinks: Record<string, MemorySink> = {};
  const summaries: Record<string, ComponentSummary> = {};
  for (const [id, { stream, capture }] of Object.entries(components)) {
    const sink = new MemorySink();
    const outcome = await capture({ sink, recipient, segmentBytes });
    outcomes[id] = outcome;
    sinks[id] = sink;
    summaries[id] = {
      kind: 'test',
      layout: stream === undefined ? 'tar' : 'stream',
      ...(stream === undefined ? {} : { stream }),
      outcome: outcome.skippedCount === 0 ? 'complete' : 'partial',
      capturedAt: createdAt,
      sourceBytes: outcome.sourceBytes,
      entries: outcome.entries,
      skippedCount: outcome.skippedCount,
      skipped: [],
      details: outcome.details ?? {},
    };
  }
  const head: Head = {
    format: 1,
    backupId: 'test-1',
    installation: 'test',
    createdAt,
    createdBy: 'test',
    description: '',
    scope: 'system',
    domain: 'root',
    productVersion: '0.1.0',
    archiveKey: recipient,
    segmentBytes,
  };
  const parts: Uint8Array[] = [];
  const writer = new SequentialWriter(head, (bytes) => parts.push(...bytes));
  await writer.begin({ components: [] });
  for (const sink of Object.values(sinks)) await sink.writeTo(writer);
  await writer.end(
    {
      completedAt: createdAt,
      encryption: { mode: 'key', keyId: 'k' },
      components: summaries,
      sealedKey: await sealArchiveKey(identity, { recipients: [recipient] }),
    },
    { verifyKey: signing.verifyKey, sign: async (message) => signBytes(message, signing.signingKey) },
  );
  const bytes = Buffer.concat(parts);
  const archive = await openArchive(bytesSource(bytes), { trust: (key) => key === signing.verifyKey });
  return { archive, identity, outcomes, sinks, bytes };
};
