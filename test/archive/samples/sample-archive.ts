/** Small archives made from given parts, without the engine; each test chooses their content. */
import { createHash, hash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import {
  type AgeKeyPair,
  encryptBytes,
  generateArchiveKey,
  generateBackupKey,
} from '../../../lib/archive/age/age-header.ts';
import type { ComponentSummary, ContentsEntry, Head, Member } from '../../../lib/archive/format.ts';
import { sealArchiveKey } from '../../../lib/archive/keys/archive-key.ts';
import { generateSigningKey, type SigningKeyPair, signBytes } from '../../../lib/archive/keys/signature.ts';
import { contentsName, segmentName } from '../../../lib/archive/member-names.ts';
import { ArchiveWriter, type ReadyMember } from '../../../lib/archive/writer/archive-writer.ts';
import { describeMember } from '../../../lib/archive/writer/head.ts';
import type { ArchiveSigner } from '../../../lib/archive/writer/tail.ts';

export const signerOf = ({ signingKey, verifyKey }: SigningKeyPair): ArchiveSigner => ({
  verifyKey,
  sign: async (message) => signBytes(message, signingKey),
});

export interface SampleComponent {
  readonly kind?: string;
  /** The stream's name; absent for a tar. */
  readonly stream?: string;
  /** The plain bytes of each segment. */
  readonly segments: readonly Uint8Array[];
  /** The entries of each contents member; the members share the segments evenly. @default one empty list */
  readonly contents?: readonly (readonly ContentsEntry[])[];
  /** @default none */
  readonly details?: ComponentSummary['details'];
}

export interface SampleArchive {
  readonly bytes: Buffer;
  /** The framed members in order, with the tail's three, without the end blocks. */
  readonly frames: readonly Buffer[];
  readonly head: Head;
  readonly archiveKey: AgeKeyPair;
  readonly backupKey: AgeKeyPair;
  readonly signing: SigningKeyPair;
  readonly trust: (verifyKey: string) => boolean;
  readonly members: readonly Member[];
  readonly components: Readonly<Record<string, ComponentSummary>>;
  readonly sealedKey: Buffer;
}

export interface SampleOptions {
  readonly components?: Readonly<Record<string, SampleComponent>>;
  readonly passphrase?: string;
  /** Whether both keys are post-quantum, or only the backup key, as in an archive that was re-sealed. */
  readonly postQuantum?: boolean | 'backup key';
  readonly log?: string;
  readonly segmentBytes?: number;
  readonly signing?: SigningKeyPair;
  readonly backupKey?: AgeKeyPair;
  /** Values of the head to change, such as its version or id. */
  readonly head?: Partial<Head>;
}

const halves = [Buffer.from('first half, '), Buffer.from('second half')];

export const defaultComponents: Readonly<Record<string, SampleComponent>> = {
  database: {
    kind: 'postgres',
    stream: 'database.dump',
    segments: halves,
    contents: [
      [
        {
          path: 'database.dump',
          type: 'stream',
          size: 23,
          segment: 1,
          offset: 0,
          pieces: halves.map((half, index) => ({
            segment: index + 1,
            offset: 0,
            bytes: half.length,
            sha256: hash('sha256', half),
          })),
        },
      ],
    ],
  },
  notes: {
    segments: [Buffer.alloc(1024)],
    contents: [[]],
  },
};

export const createdAt = '2026-11-20T03:00:00.250Z';

export const makeSampleArchive = async (options: SampleOptions = {}): Promise<SampleArchive> => {
  const {
    components = defaultComponents,
    passphrase,
    postQuantum = false,
    log,
    segmentBytes = 65_536,
  } = options;
  const archiveKey = await generateArchiveKey({ postQuantum: postQuantum === true });
  const backupKey = options.backupKey ?? (await generateBackupKey({ postQuantum: postQuantum !== false }));
  const signing = options.signing ?? generateSigningKey();
  const head: Head = {
    format: 1,
    backupId: 'nightly-6f9619ff-8b86-4011-b42d-00c04fc964ff',
    installation: 'acme',
    createdAt,
    createdBy: 'ops@example.com',
    description: 'a sample; nothing `rm -rf` in it is run',
    scope: 'system',
    domain: 'root',
    productVersion: '0.1.0',
    archiveKey: archiveKey.recipient,
    segmentBytes,
    ...options.head,
  };
  const writer = new ArchiveWriter(head);
  const madeHead = writer.begin({
    components: Object.entries(components).map(([id, { kind = 'directory', stream }]) => ({
      id,
      kind,
      layout: stream === undefined ? 'tar' : 'stream',
      ...(stream === undefined ? {} : { stream }),
    })),
  });
  const members: Member[] = [...madeHead.members];
  const bodies: Buffer[] = [];
  const take = (ready: ReadyMember): void => {
    bodies.push(Buffer.concat(writer.frame(ready)));
    members.push(ready.member);
  };
  const add = async (name: string, plain: Uint8Array, extra: Partial<Member>): Promise<void> => {
    const sealed = await encryptBytes(zstdCompressSync(plain), { recipients: [archiveKey.recipient] });
    take({ member: { ...describeMember(name, sealed), ...extra }, bytes: [sealed] });
  };
  const summaries: Record<string, ComponentSummary> = {};
  for (const [id, component] of Object.entries(components)) {
    summaries[id] = await addComponent(id, component, add);
  }
  if (log !== undefined) take(await writer.log(log));
  const sealedKey = await sealArchiveKey(
    archiveKey.identity,
    passphrase === undefined ? { recipients: [backupKey.recipient] } : { passphrase, logN: 10 },
  );
  const tail = await writer.end(
    {
      completedAt: '2026-11-20T03:00:01Z',
      encryption: passphrase === undefined ? { mode: 'key', keyId: 'backup-key-1' } : { mode: 'passphrase' },
      components: summaries,
      members,
      sealedKey,
    },
    signerOf(signing),
  );
  const headFrames = cutFrames(madeHead.bytes, madeHead.members);
  const tailFrames = cutTail(tail.bytes, sealedKey.length);
  return {
    bytes: Buffer.concat([madeHead.bytes, ...bodies, tail.bytes]),
    frames: [...headFrames, ...bodies, ...tailFrames],
    head,
    archiveKey,
    backupKey,
    signing,
    trust: (verifyKey) => verifyKey === signing.verifyKey,
    members,
    components: summaries,
    sealedKey,
  };
};

type Add = (name: string, plain: Uint8Array, extra: Partial<Member>) => Promise<void>;

const addComponent = async (
  id: string,
  { kind = 'directory', stream, segments, contents = [[]], details = {} }: SampleComponent,
  add: Add,
): Promise<ComponentSummary> => {
  const share = Math.ceil(segments.length / contents.length);
  let segment = 0;
  for (const [index, entries] of contents.entries()) {
    const firstSegment = segment + 1;
    for (const plain of segments.slice(segment, segment + share)) {
      segment += 1;
      await add(segmentName(id, segment, stream), plain, { plainBytes: plain.length });
    }
    const jsonl = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await add(contentsName(id, index + 1), jsonl, {
      plainBytes: jsonl.length,
      entries: entries.length,
      firstSegment,
      lastSegment: segment,
    });
  }
  return {
    kind,
    layout: stream === undefined ? 'tar' : 'stream',
    ...(stream === undefined ? {} : { stream }),
    outcome: 'complete',
    capturedAt: createdAt,
    sourceBytes: segments.reduce((sum, { length }) => sum + length, 0),
    entries: contents.reduce((sum, { length }) => sum + length, 0),
    skippedCount: 0,
    skipped: [],
    details,
  };
};

const framed = (size: number): number => 512 + Math.ceil(size / 512) * 512;

const cutFrames = (bytes: Buffer, members: readonly { size: number }[]): Buffer[] => {
  let at = 0;
  return members.map(({ size }) => {
    const frame = bytes.subarray(at, at + framed(size));
    at += frame.length;
    return frame;
  });
};

const cutTail = (bytes: Buffer, keyBytes: number): Buffer[] => {
  const key = framed(keyBytes);
  const signature = bytes.length - 2048;
  return [
    bytes.subarray(0, key),
    bytes.subarray(key, signature),
    bytes.subarray(signature, signature + 1024),
  ];
};

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
