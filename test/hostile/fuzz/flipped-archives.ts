/**
 * Valid archives that were changed afterwards or while they were read: no read may return anything but the
 * original content.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { decryptBytes } from '../../../lib/archive/age/age-header.ts';
import { archiveErrorCodes } from '../../../lib/archive/errors.ts';
import { unsealArchiveKey } from '../../../lib/archive/keys/archive-key.ts';
import { type ByteSource, bytesSource, openFileSource } from '../../../lib/archive/reader/byte-source.ts';
import { inspectArchive } from '../../../lib/archive/reader/inspect.ts';
import { type OpenedArchive, openArchive } from '../../../lib/archive/reader/open.ts';
import type { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { membersEnd } from '../../../lib/archive/verify/reading.ts';
import { verifyArchive } from '../../../lib/archive/verify/verify.ts';
import { treeListing } from '../../archive/samples/sample-tree.ts';
import { leftovers } from '../jail.ts';
import { codeOf } from '../stages.ts';
import { archiveReads, idsOf, RESTORE_ID } from './archive-reads.ts';
import type { Tried } from './bad-input.ts';
import { flipped } from './flipped-bytes.ts';
import type { Random } from './random.ts';

/** A valid archive: its bytes, its signer, and what opens its key. */
export interface SoundArchive {
  readonly bytes: Buffer;
  readonly verifyKey: string;
  readonly open: { readonly identities: readonly string[] } | { readonly passphrase: string };
}

interface Known extends SoundArchive {
  readonly manifest: OpenedArchive['manifest'];
  readonly identity: string;
  /** The result of each way to read the archive, as a hash. */
  readonly truths: ReadonlyMap<string, string>;
  /** Every file and link of its trees. */
  readonly content: ReadonlySet<string>;
  /** The end of the members; everything after it was checked and kept when the archive was opened. */
  readonly membersEnd: number;
  /** The age files in the archive, and the content of each. */
  readonly sealed: readonly Sealed[];
}

interface Sealed {
  readonly bytes: Buffer;
  /** The SHA-256 of the content. */
  readonly plain: string;
  readonly open: SoundArchive['open'];
}

const REFUSALS: ReadonlySet<string> = new Set<string>(archiveErrorCodes);

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** What a restore left, without times and owners, because a refused restore has not set all of them. */
const contentIn = (folder: string): string[] =>
  treeListing(folder)
    .filter(({ type }) => type !== 'directory')
    .map(({ path, type, size, sha256: sum, link }) => JSON.stringify([path, type, size, sum, link]));

/**
 * A source like a store's object: later reads see changes that `change` makes after the archive was opened.
 */
const changingSource = (bytes: Buffer): { source: ByteSource; change: (now: Buffer) => void } => {
  let now = bytes;
  return {
    source: { size: bytes.length, read: (offset, length) => bytesSource(now).read(offset, length) },
    change: (changed) => {
      now = changed;
    },
  };
};

export class FlippedArchives implements Disposable {
  readonly #pool: SegmentPool;
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-flips-'));
  readonly #known: Known[] = [];

  private constructor(pool: SegmentPool) {
    this.#pool = pool;
  }

  static async of(sound: readonly SoundArchive[], pool: SegmentPool): Promise<FlippedArchives> {
    const made = new FlippedArchives(pool);
    for (const one of sound) made.#known.push(await made.#learn(one));
    return made;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly #trust = (verifyKey: string): boolean => this.#known.some((one) => one.verifyKey === verifyKey);

  /** An empty folder for a restore. */
  #emptied(): string {
    const folder = join(this.#folder, 'target');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    return folder;
  }

  async #learn(sound: SoundArchive): Promise<Known> {
    const archive = await openArchive(bytesSource(sound.bytes), { trust: (key) => key === sound.verifyKey });
    const { manifest } = archive;
    const { encryption, archiveKey, components } = manifest;
    const keyBytes = await archive.readMember(encryption.mode === 'hsm' ? 'key.kms' : 'key.age');
    const identity = await unsealArchiveKey(keyBytes, sound.open, archiveKey);
    const truths = new Map<string, string>();
    const folder = this.#emptied();
    for (const [name, read] of Object.entries(archiveReads))
      truths.set(name, sha256(await read({ archive, identity, pool: this.#pool, folder })));
    const sealed: Sealed[] = [{ bytes: keyBytes, plain: sha256(`${identity}\n`), open: sound.open }];
    const open = { identities: [identity] };
    for (const id of Object.keys(components))
      for (const { name } of [...archive.segments(id), ...archive.contents(id)]) {
        const bytes = await archive.readMember(name);
        sealed.push({ bytes, plain: sha256(await decryptBytes(bytes, open)), open });
      }
    const content = new Set(contentIn(folder));
    return { ...sound, manifest, identity, truths, content, membersEnd: membersEnd(archive), sealed };
  }

  /** Opens a changed archive: opening or verification must refuse every change. */
  async tryChanged(random: Random): Promise<Tried> {
    const known = random.pick(this.#known);
    const { bytes, flips } = flipped(
      random,
      known.bytes,
      this.#known.map((one) => one.bytes),
    );
    if (this.#known.some((one) => one.bytes.equals(bytes)))
      return { ended: 'archive: unchanged', faults: [] };
    const path = random.chance(4) ? join(this.#folder, 'archive.hfa') : undefined;
    if (path !== undefined) writeFileSync(path, bytes);
    const opened = path === undefined ? undefined : await openFileSource(path);
    const source = opened ?? bytesSource(bytes);
    try {
      const faults: string[] = [];
      await this.#end('inspect', faults, async () => {
        const { signature, manifest } = await inspectArchive(source, { trust: this.#trust });
        // With an invalid signature, an inspection shows what it finds and reports the signature as invalid.
        if (signature !== 'invalid' && !this.#known.some((one) => isDeepStrictEqual(one.manifest, manifest)))
          faults.push(`a manifest that nobody signed is said to be ${signature}`);
        return 'ok';
      });
      const found: OpenedArchive[] = [];
      const ended = await this.#end('open', faults, async () => {
        found.push(await openArchive(source, { trust: this.#trust }));
        return 'ok';
      });
      const [archive] = found;
      const told = (what: string): Tried => ({
        ended: `archive: ${what}`,
        faults: faults.map((fault) => `${fault}: ${flips.join(', ')}`),
      });
      if (archive === undefined) return told(ended);
      // The manifest may come from another valid archive and follow members of this one.
      const whose = this.#known.find(({ manifest }) => isDeepStrictEqual(manifest, archive.manifest));
      if (whose === undefined) faults.push('a manifest that nobody signed is opened');
      const { identity } = whose ?? known;
      const deep = random.chance(2) ? { identity } : {};
      const onThreads = random.chance(2) ? { pool: this.#pool } : {};
      const verified = await this.#end('verify', faults, async () => {
        await verifyArchive(archive, { ...deep, ...onThreads, wholeFile: random.chance(2) });
        return 'ok';
      });
      if (verified === 'ok') faults.push('it verifies, though it is no longer what it was');
      const read = await this.#read(random, whose ?? known, archive, faults);
      return told(`${verified}, ${read}`);
    } finally {
      await opened?.close();
    }
  }

  /** Changes the archive after it was opened. */
  async tryChanging(random: Random): Promise<Tried> {
    const known = random.pick(this.#known);
    const { source, change } = changingSource(known.bytes);
    const archive = await openArchive(source, { trust: this.#trust });
    const { bytes, flips } = flipped(
      random,
      known.bytes,
      this.#known.map((one) => one.bytes),
    );
    change(bytes);
    const faults: string[] = [];
    const verified = await this.#end('verify', faults, async () => {
      await verifyArchive(archive, random.chance(2) ? { identity: known.identity, pool: this.#pool } : {});
      return 'ok';
    });
    const isSound = bytes.subarray(0, known.membersEnd).equals(known.bytes.subarray(0, known.membersEnd));
    if ((verified === 'ok') !== isSound)
      faults.push(`its members ${isSound ? 'are sound' : 'were changed'}, and it ends in ${verified}`);
    const read = await this.#read(random, known, archive, faults);
    return {
      ended: `opened before: ${verified}, ${read}`,
      faults: faults.map((fault) => `${fault}: ${flips.join(', ')}`),
    };
  }

  /** Changes one age file without the hash that the manifest has for it. */
  async trySealed(random: Random): Promise<Tried> {
    const { sealed } = random.pick(this.#known);
    const { bytes, plain, open } = random.pick(sealed);
    const others = sealed.map((one) => one.bytes);
    const { bytes: now, flips } = flipped(random, bytes, others);
    const faults: string[] = [];
    const ended = await this.#end('decrypting', faults, async () => {
      const found = sha256(await decryptBytes(now, open));
      if (found === plain) return 'ok';
      return sealed.some((one) => one.plain === found && one.bytes.equals(now))
        ? 'another one'
        : 'other content';
    });
    if (ended === 'other content') faults.push('an age file opens to other content');
    if (ended === 'ok' && !now.equals(bytes)) faults.push('a changed age file opens');
    return { ended: `age file: ${ended}`, faults: faults.map((fault) => `${fault}: ${flips.join(', ')}`) };
  }

  /**
   * Reads in one of the ways: the result must be the original or a refusal, and whatever was written must be
   * part of the original.
   */
  async #read(random: Random, known: Known, archive: OpenedArchive, faults: string[]): Promise<string> {
    const names = Object.keys(archiveReads);
    // A restore takes as long as all other ways together.
    const name = random.chance(8) ? 'restore' : random.pick(names.filter((one) => one !== 'restore'));
    const folder = name === 'restore' ? this.#emptied() : this.#folder;
    const ended = await this.#end(name, faults, async () => {
      const text = await archiveReads[name]?.({
        archive,
        identity: known.identity,
        pool: this.#pool,
        folder,
      });
      return sha256(text ?? '') === known.truths.get(name) ? 'ok' : 'other content';
    });
    if (ended === 'other content') faults.push(`${name} gives other content`);
    if (name !== 'restore') return `${name} ${ended}`;
    for (const one of contentIn(folder)) if (!known.content.has(one)) faults.push(`a restore left ${one}`);
    for (const id of idsOf(archive, 'tar'))
      if (leftovers(join(folder, id), RESTORE_ID).length > 0)
        faults.push('a restore left its staging folder');
    return `${name} ${ended}`;
  }

  /** The code of an error; an error without a code is a fault. */
  async #end(what: string, faults: string[], work: () => Promise<string>): Promise<string> {
    try {
      return await work();
    } catch (thrown) {
      const code = codeOf(thrown);
      if (REFUSALS.has(code)) return code;
      faults.push(`${what} ends in ${code}`);
      return 'broke';
    }
  }
}
