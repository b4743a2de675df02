/**
 * Composes an archive of format 1 from parts that tests can change, using only docs/archive-format.md and
 * none of Holdfast's own writer. Later parts describe an earlier change truthfully: sizes, hashes, checksums
 * and the signature match, unless the test changes them too.
 */
import { randomBytes } from 'node:crypto';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { type AgeBends, ageFile, ageFor, type Bytes, scryptStanza } from './age.ts';
import { type Json, type JsonObject, oneForm } from './json.ts';
import { END, framed } from './outer-tar.ts';
import { type SignatureBends, type Signer, signatureBytes, signerFrom } from './signing.ts';
import { linesText, type PlacedLine, sha256, type Tree } from './tree.ts';
import { zstdOf } from './zstd.ts';

export interface KeyPair {
  readonly identity: string;
  readonly recipient: string;
}

/** Everything that keys are made from, as text for a process that makes archives with them. */
export interface KeySeeds {
  readonly archive: KeyPair;
  readonly backup: KeyPair;
  /** Hex. */
  readonly signer: string;
}

export interface Keys extends Omit<KeySeeds, 'signer'> {
  readonly signer: Signer;
  readonly seeds: KeySeeds;
}

const newKeyPair = async (): Promise<KeyPair> => {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
};

export const keysFrom = (seeds: KeySeeds): Keys => ({
  ...seeds,
  signer: signerFrom(Buffer.from(seeds.signer, 'hex')),
  seeds,
});

export const newKeys = async (): Promise<Keys> =>
  keysFrom({
    archive: await newKeyPair(),
    backup: await newKeyPair(),
    signer: randomBytes(32).toString('hex'),
  });

/** A member, and what the manifest states about it besides name, size and hash. */
export interface Part {
  readonly name: string;
  readonly bytes: Buffer;
  readonly said?: JsonObject;
}

/** How plain bytes are packed and sealed. */
export interface SealBends extends AgeBends {
  readonly pack?: (plain: Buffer) => Buffer;
  /** Changes the sealed bytes as a whole. */
  readonly sealed?: (bytes: Buffer) => Buffer;
}

export interface Segment extends SealBends {
  readonly number: number;
  readonly plain: Buffer;
  /** Overrides values in the manifest. */
  readonly said?: JsonObject;
}

export interface Contents extends SealBends {
  readonly number: number;
  readonly lines: string | Buffer;
  readonly entries: number;
  readonly firstSegment: number;
  readonly lastSegment: number;
  readonly said?: JsonObject;
}

export interface Component {
  readonly id: string;
  readonly kind: string;
  readonly stream?: string;
  readonly segments: readonly Segment[];
  readonly contents: readonly Contents[];
  readonly sourceBytes: number;
  /** Overrides values in the component's summary. */
  readonly summary?: JsonObject;
}

export interface ArchivePlan {
  readonly head: JsonObject;
  readonly recover: Buffer;
  readonly components: readonly Component[];
  readonly log: string | undefined;
  readonly encryption: JsonObject;
  readonly key: Part;
}

export interface ArchiveBends extends Omit<SignatureBends, 'signer'> {
  readonly plan?: (plan: ArchivePlan) => ArchivePlan;
  readonly head?: (head: JsonObject) => Json;
  readonly headText?: (text: string) => string | Buffer;
  /** Changes the members before the manifest that describes them is made. */
  readonly parts?: (parts: Part[]) => Part[];
  readonly manifest?: (manifest: JsonObject) => Json;
  readonly manifestText?: (text: string) => string | Buffer;
  readonly signer?: Signer;
  /** Changes the framed members, which the two end blocks follow. */
  readonly frames?: (frames: Buffer[]) => Buffer[];
  readonly file?: (bytes: Buffer) => Buffer;
  readonly random?: Bytes;
}

/** The id of the backup key, in archives and key files. */
export const KEY_ID = 'key-6f9619ff-8b86-4011-b42d-00c04fc964ff';
const CREATED_AT = '2026-11-20T03:00:00.250Z';

export const plainPlan = (keys: Keys, components: readonly Component[], random?: Bytes): ArchivePlan => ({
  head: {
    format: 1,
    backupId: 'crafted-6f9619ff-8b86-4011-b42d-00c04fc964ff',
    installation: 'stranger',
    createdAt: CREATED_AT,
    createdBy: 'nobody@example.com',
    description: 'made by a writer of tests',
    scope: 'system',
    domain: 'root',
    productVersion: '0.1.0',
    archiveKey: keys.archive.recipient,
    segmentBytes: 65_536,
  },
  recover: Buffer.from('# How to restore this archive\n'),
  components,
  log: undefined,
  encryption: { mode: 'key', keyId: KEY_ID },
  key: { name: 'key.age', bytes: sealedIdentity(keys.archive.identity, keys.backup.recipient, random) },
});

export const sealedIdentity = (identity: string, recipient: string, random?: Bytes): Buffer =>
  ageFor(recipient, Buffer.from(`${identity}\n`), random === undefined ? {} : { random });

/** The bytes of `key.age` in the mode `passphrase`. */
export const identityUnder = (
  identity: string,
  passphrase: string,
  cost: { logN?: number; said?: string } = {},
): Buffer => ageFile(Buffer.from(`${identity}\n`), (fileKey) => [scryptStanza(passphrase, fileKey, cost)]);

const digits = (number: number): string => String(number).padStart(8, '0');

const partsOf = (
  { id, stream, segments, contents }: Component,
  recipient: string,
  random?: Bytes,
): Part[] => {
  const seal = (plain: Buffer, bends: SealBends): Buffer => {
    const age = ageFor(recipient, (bends.pack ?? zstdOf)(plain), {
      ...(random === undefined ? {} : { random }),
      ...bends,
    });
    return bends.sealed?.(age) ?? age;
  };
  const segmentPart = (segment: Segment): Part => ({
    name: `components/${id}/${digits(segment.number)}.${stream ?? 'tar'}.zst.age`,
    bytes: seal(segment.plain, segment),
    said: { plainBytes: segment.plain.length, ...segment.said },
  });
  const contentsPart = (one: Contents): Part => {
    const plain = Buffer.from(one.lines);
    const { entries, firstSegment, lastSegment } = one;
    return {
      name: `contents/${id}/${digits(one.number)}.jsonl.zst.age`,
      bytes: seal(plain, one),
      said: { plainBytes: plain.length, entries, firstSegment, lastSegment, ...one.said },
    };
  };
  const parts: Part[] = [];
  let next = 0;
  for (const one of contents) {
    for (; next < segments.length && (segments[next]?.number ?? 0) <= one.lastSegment; next += 1) {
      const segment = segments[next];
      if (segment !== undefined) parts.push(segmentPart(segment));
    }
    parts.push(contentsPart(one));
  }
  return [...parts, ...segments.slice(next).map(segmentPart)];
};

const summaryOf = ({ kind, stream, sourceBytes, contents, summary }: Component): JsonObject => ({
  kind,
  layout: stream === undefined ? 'tar' : 'stream',
  ...(stream === undefined ? {} : { stream }),
  outcome: 'complete',
  capturedAt: CREATED_AT,
  sourceBytes,
  entries: contents.reduce((sum, { entries }) => sum + entries, 0),
  skippedCount: 0,
  skipped: [],
  details: {},
  ...summary,
});

const sumOf = (summaries: readonly JsonObject[], key: string): number =>
  summaries.reduce((sum, summary) => sum + Number(summary[key]), 0);

const bytesOf = (text: string | Buffer): Buffer => (typeof text === 'string' ? Buffer.from(text) : text);

export const composeArchive = (keys: Keys, given: ArchivePlan, bends: ArchiveBends = {}): Buffer => {
  const plan = bends.plan?.(given) ?? given;
  const { head, components, encryption, key, log, recover } = plan;
  const ageRandom = bends.random === undefined ? {} : { random: bends.random };
  const { recipient } = keys.archive;
  const summaries = components.map((component) => [component.id, summaryOf(component)] as const);
  const headValue = bends.head?.(head) ?? head;
  const headText = oneForm(headValue);
  const made: Part[] = [
    { name: 'holdfast.json', bytes: bytesOf(bends.headText?.(headText) ?? headText) },
    { name: 'RECOVER.md', bytes: recover },
    ...components.flatMap((component) => partsOf(component, recipient, bends.random)),
    ...(log === undefined
      ? []
      : [{ name: 'backup.log.age', bytes: ageFor(recipient, Buffer.from(log), ageRandom) }]),
    key,
  ];
  const parts = bends.parts?.(made) ?? made;
  const values = summaries.map(([, summary]) => summary);
  const plain: JsonObject = {
    ...head,
    completedAt: '2026-11-20T03:00:01Z',
    encryption,
    features: [],
    components: Object.fromEntries(summaries),
    sourceBytes: sumOf(values, 'sourceBytes'),
    entries: sumOf(values, 'entries'),
    members: parts.map(({ name, bytes, said = {} }) => ({
      name,
      size: bytes.length,
      sha256: sha256(bytes),
      ...said,
    })),
  };
  const manifestText = oneForm(bends.manifest?.(plain) ?? plain);
  const manifest = bytesOf(bends.manifestText?.(manifestText) ?? manifestText);
  const signature = signatureBytes(manifest, { ...bends, signer: bends.signer ?? keys.signer });
  const time = Math.floor(Date.parse(String(head.createdAt)) / 1000);
  const frames = [
    ...parts.map(({ name, bytes }) => framed(name, bytes, time)),
    framed('manifest.json', manifest, time),
    framed('manifest.sig', signature, time),
    END,
  ];
  const file = Buffer.concat(bends.frames?.(frames) ?? frames);
  return bends.file?.(file) ?? file;
};

export interface TreeComponentOptions {
  readonly kind?: string;
  readonly id?: string;
  readonly bend?: (component: Component) => Component;
}

/** A component of a tree, with one contents member for all its segments. */
export const treeComponent = (
  { segments, lines, sourceBytes }: Tree,
  { kind = 'directory', id = 'files' }: TreeComponentOptions = {},
): Component => ({
  id,
  kind,
  segments: segments.map((plain, index) => ({ number: index + 1, plain })),
  contents: [contentsOf(lines, 1, 1, segments.length)],
  sourceBytes,
});

export const contentsOf = (
  lines: readonly PlacedLine[],
  number: number,
  firstSegment: number,
  lastSegment: number,
): Contents => ({ number, lines: linesText(lines), entries: lines.length, firstSegment, lastSegment });

/** A component of one stream, which contents list as a single entry. */
export const streamComponent = (
  pieces: readonly Buffer[],
  { kind = 'postgres', id = 'database', stream = 'database.dump' } = {},
): Component => {
  const placed = pieces.map((plain, index) => ({
    segment: index + 1,
    offset: 0,
    bytes: plain.length,
    sha256: sha256(plain),
  }));
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const line = {
    path: stream,
    type: 'stream',
    size,
    segment: 1,
    offset: 0,
    ...(placed.length > 1 ? { pieces: placed } : { sha256: placed[0]?.sha256 ?? sha256(Buffer.alloc(0)) }),
  };
  return {
    id,
    kind,
    stream,
    segments: pieces.map((plain, index) => ({ number: index + 1, plain })),
    contents: [
      {
        number: 1,
        lines: `${JSON.stringify(line)}\n`,
        entries: 1,
        firstSegment: 1,
        lastSegment: pieces.length,
      },
    ],
    sourceBytes: size,
  };
};
