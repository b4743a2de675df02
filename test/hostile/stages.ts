/** Takes an archive through every operation on archives, and reports how far it came. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Existing } from '../../lib/archive/destination/existing.ts';
import { TargetConflict } from '../../lib/archive/destination/target-folder.ts';
import { ArchiveError } from '../../lib/archive/errors.ts';
import { readContentsOn } from '../../lib/archive/extract/contents/read-contents-on.ts';
import { extractEntries } from '../../lib/archive/extract/extract-entries.ts';
import { extractStream } from '../../lib/archive/extract/extract-stream.ts';
import { extractTar, planExtractTar } from '../../lib/archive/extract/extract-tar.ts';
import { unsealArchiveKey } from '../../lib/archive/keys/archive-key.ts';
import { bytesSource, openFileSource } from '../../lib/archive/reader/byte-source.ts';
import { readContentsPage } from '../../lib/archive/reader/contents-pages.ts';
import { inspectArchive } from '../../lib/archive/reader/inspect.ts';
import { type OpenedArchive, openArchive } from '../../lib/archive/reader/open.ts';
import type { SegmentPool } from '../../lib/archive/threads/segment-pool.ts';
import { verifyArchive } from '../../lib/archive/verify/verify.ts';
import { HoldfastError } from '../../lib/model/errors.ts';
import { type Jail, leftovers } from './jail.ts';

export const stages = [
  'inspect',
  'open',
  'key',
  'verify',
  'deep',
  'contents',
  'entries',
  'plan',
  'restore',
] as const;
export type Stage = (typeof stages)[number];

/**
 * `ok`, or the code of the refusal; `raw: ...` for an error without a code. Stages that were not reached are
 * absent. When a plan refuses entries by name, the plan and the restore after it count as `target_conflict`.
 */
export type Outcomes = Readonly<Partial<Record<Stage, string>>>;

export interface Attempt {
  readonly bytes: Buffer;
  /** Opens the archive's key: the identity of the backup key, or a passphrase. */
  readonly open: { readonly identities: readonly string[] } | { readonly passphrase: string };
  readonly trust: (verifyKey: string) => boolean;
  /**
   * True when the signer's verify key was imported; false when somebody trusts an unknown signer. @default
   * false
   */
  readonly known?: boolean;
  readonly jail: Jail;
  readonly pool: SegmentPool;
  /** True when the target contains links that lead out of it. @default false */
  readonly prepared?: boolean;
  /** @default overwrite */
  readonly existing?: Existing;
  /** Called before each stage and after the last one. */
  readonly onStage?: (stage: Stage | 'done') => void;
}

export const codeOf = (thrown: unknown): string => {
  if (thrown instanceof ArchiveError || thrown instanceof HoldfastError) return thrown.code;
  if (thrown instanceof TargetConflict) return 'target_conflict';
  if (!(thrown instanceof Error)) return `raw: ${String(thrown)}`;
  const { name, message } = thrown;
  const code = 'code' in thrown ? ` ${String(thrown.code)}` : '';
  return `raw: ${name}${code} ${message}`.slice(0, 300);
};

const outcomeOf = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
    return 'ok';
  } catch (thrown) {
    return codeOf(thrown);
  }
};

/** Compares two ways to get the same answer. */
const agreed = (first: string, second: string): string =>
  first === second ? first : `differs: ${first} / ${second}`;

const isTree = (archive: OpenedArchive, id: string): boolean =>
  archive.manifest.components[id]?.layout === 'tar';

const drained = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of stream) hash.update(piece);
  return hash.digest('hex');
};

const RESTORE_ID = 'r-1';
const HAS_CONTENT: ReadonlySet<string> = new Set(['file', 'object', 'item']);

export interface Passed {
  readonly outcomes: Outcomes;
  /** The folders to which trees were restored, by component. */
  readonly restored: Readonly<Record<string, string>>;
  /** The SHA-256 of each stream. */
  readonly streams: Readonly<Record<string, string>>;
  /** What a restore left in addition to what it restored. */
  readonly left: readonly string[];
}

export const runStages = async (attempt: Attempt): Promise<Passed> => {
  const { bytes, open, trust, known = false, jail, pool, prepared = false, existing = 'overwrite' } = attempt;
  // A server uses these options.
  const options = { trust, known: () => known, threads: pool };
  const outcomes: Partial<Record<Stage, string>> = {};
  const restored: Record<string, string> = {};
  const streams: Record<string, string> = {};
  const at = (stage: Stage | 'done'): void => attempt.onStage?.(stage);
  const stage = async (name: Stage, work: () => Promise<unknown>): Promise<boolean> => {
    at(name);
    outcomes[name] = await outcomeOf(work);
    return outcomes[name] === 'ok';
  };
  const done = (): Passed => {
    at('done');
    const left = Object.values(restored).flatMap((target) => leftovers(target, RESTORE_ID));
    return { outcomes, restored, streams, left };
  };

  const memory = bytesSource(bytes);
  await stage('inspect', () => inspectArchive(memory, { trust: known ? trust : () => false, threads: pool }));
  let inMemory: OpenedArchive | undefined;
  await stage('open', async () => {
    inMemory = await openArchive(memory, options);
  });
  if (inMemory === undefined) return done();
  const opened = inMemory;
  writeFileSync(jail.archive, bytes);
  await using file = await openFileSource(jail.archive);
  const onDisk = await openArchive(file, options);
  const { manifest } = opened;
  const ids = Object.keys(manifest.components);
  const trees = ids.filter((id) => isTree(opened, id));

  let identity = '';
  await stage('key', async () => {
    const name = manifest.encryption.mode === 'hsm' ? 'key.kms' : 'key.age';
    identity = await unsealArchiveKey(await opened.readMember(name), open, manifest.archiveKey);
  });
  at('verify');
  outcomes.verify = agreed(
    await outcomeOf(() => verifyArchive(opened)),
    await outcomeOf(() => verifyArchive(onDisk, { pool, wholeFile: true })),
  );
  if (identity === '') return done();
  at('deep');
  // The second way uses no threads of its own, because they take longer to start than so small a
  // verification; it still goes member by member.
  outcomes.deep = agreed(
    await outcomeOf(() => verifyArchive(opened, { identity, pool })),
    await outcomeOf(() => verifyArchive(onDisk, { identity, pool })),
  );
  await stage('contents', () =>
    readContentsPage(opened, identity, { skip: 0, limit: 1_000 }, readContentsOn(pool)),
  );
  await stage('entries', async () => {
    for (const component of trees)
      for await (const { entry, content } of extractEntries({ archive: onDisk, component, identity, pool }))
        if (HAS_CONTENT.has(entry.type)) await drained(content);
  });
  const tree = (component: string) => ({
    archive: onDisk,
    component,
    identity,
    pool,
    existing,
    restoreId: RESTORE_ID,
  });
  const targets = new Map(trees.map((id) => [id, jail.target(id, { prepared })]));
  await stage('plan', async () => {
    for (const [id, target] of targets) {
      const { counts } = await planExtractTar({ ...tree(id), target });
      if (counts.refuse > 0)
        throw new TargetConflict(`${counts.refuse} entries of ${id} are refused by name`);
    }
  });
  await stage('restore', async () => {
    for (const [id, target] of targets) {
      restored[id] = target;
      await extractTar({ ...tree(id), target });
    }
    for (const id of ids)
      if (!isTree(opened, id))
        streams[id] = await drained(extractStream({ archive: onDisk, component: id, identity, pool }));
  });
  return done();
};
