/**
 * Stores archives as files (0600) in folders. Uploads wait in `.holdfast-staging` (0700) of their final folder, so that
 * an archive appears by a link or a rename on one file system, never by a copy.
 */
import { randomUUID } from 'node:crypto';
import { lstat, open, rename, rm, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders, PRIVATE_FOLDER } from '../../../archive/destination/make-folders.ts';
import { HoldfastError, isSystemError } from '../../../model/errors.ts';
import type { Piece } from '../../../model/records/capture.ts';
import {
  inOneCall,
  type JoinSteps,
  type ObjectInfo,
  type ObjectStore,
  type Part,
  type PieceOptions,
} from '../../../ports/object-store.ts';
import { type ArchivePlace, ArchivePlaces } from './archive-places.ts';
import { rmdirWhenEmpty, syncFolder } from './durable-names.ts';
import { unwritablePlace } from './file-errors.ts';
import { cursorOf, hasLanded, joinUnder } from './join-in-folder.ts';
import { openForReading, type StagedPart, StagedUpload } from './staged-upload.ts';
import { isFolder, makeStaging, STAGING, stagedUploads, stagingFolder } from './staging-folder.ts';
import { readFully } from './write-back-file.ts';

const STREAM_BUFFER_BYTES = 1024 * 1024;

export interface FolderObjectStoreOptions {
  /** The installation's own place, `<data>/archives`; made if it does not exist. */
  folder: string;
  /** Other folders that a request may name; they must exist when they are used. */
  backupPaths: readonly string[];
}

export class FolderObjectStore implements ObjectStore {
  readonly #places: ArchivePlaces;
  readonly #uploads = new Map<string, Promise<StagedUpload>>();

  constructor({ folder, backupPaths }: FolderObjectStoreOptions) {
    this.#places = new ArchivePlaces(folder, backupPaths);
  }

  /** All folders in which archives are kept and made. */
  get folders(): string[] {
    return this.#places.all().flatMap(({ folder }) => [folder, join(folder, STAGING)]);
  }

  locate(fileName: string, backupPath?: string): string {
    return this.#places.locate(fileName, backupPath);
  }

  placeOf(key: string): string {
    return this.#places.find(key).place.name;
  }

  filePath(key: string): string {
    return this.#places.find(key).path;
  }

  async freeBytes(key: string): Promise<number> {
    const { place } = this.#places.find(key);
    try {
      await makeOwn(place);
      const { bavail, bsize } = await statfs(place.folder);
      return bavail * bsize;
    } catch (error) {
      throw unwritablePlace(error, place.folder);
    }
  }

  async assertWritable(key: string): Promise<void> {
    const { place } = this.#places.find(key);
    try {
      await makeOwn(place);
      const probe = join(place.folder, `.holdfast-probe-${randomUUID()}`);
      const file = await open(probe, 'wx', 0o600);
      try {
        await file.write('probe');
      } finally {
        await file.close();
        await unlink(probe);
      }
    } catch (error) {
      throw unwritablePlace(error, place.folder);
    }
  }

  async open(uploadId: string, key: string): Promise<void> {
    await this.#open(uploadId, this.#places.find(key).place);
  }

  async putPiece(
    uploadId: string,
    name: string,
    bytes: readonly Uint8Array[],
    { at }: PieceOptions = {},
  ): Promise<Piece> {
    const upload = await this.#opened(uploadId);
    return at === undefined ? upload.append(name, bytes) : upload.place(name, bytes, at);
  }

  async readPiece(
    uploadId: string,
    piece: Piece,
    range?: { offset: number; length: number },
  ): Promise<Uint8Array> {
    return (await this.#opened(uploadId)).read(piece, range);
  }

  async compose(
    uploadId: string,
    key: string,
    parts: readonly Part[],
    { overwrite }: { overwrite: boolean },
  ): Promise<ObjectInfo> {
    const made = await this.composeInSteps(uploadId, key, parts, { overwrite, steps: inOneCall });
    if (made === undefined) throw new Error('a join that must not stop has stopped');
    return made;
  }

  async composeInSteps(
    uploadId: string,
    key: string,
    parts: readonly Part[],
    { overwrite, steps }: { overwrite: boolean; steps: JoinSteps },
  ): Promise<ObjectInfo | undefined> {
    const { place, path } = this.#places.find(key);
    if (!(await hasLanded(path, cursorOf(steps)))) {
      const upload = await this.#uploadOf(uploadId, place, parts);
      const staged = parts.map((part) => this.#stagedPart(part));
      try {
        if (!(await joinUnder(path, upload, staged, { overwrite, steps }))) return undefined;
      } catch (error) {
        throw unwritablePlace(error, place.folder);
      }
    }
    await syncFolder(place.folder);
    await this.abort(uploadId);
    return { key, bytes: (await lstat(path)).size };
  }

  /** An upload without pieces need not have been opened. */
  async #uploadOf(uploadId: string, place: ArchivePlace, parts: readonly Part[]): Promise<StagedUpload> {
    const upload = parts.some((part) => 'piece' in part)
      ? await this.#opened(uploadId)
      : await this.#open(uploadId, place);
    if (upload.folder === stagingFolder(place, uploadId)) return upload;
    throw new HoldfastError(
      'conflict',
      `upload ${uploadId} was started for a place other than ${place.name}`,
    );
  }

  /** A rename takes no time, however large the archive is. */
  async replaceInSteps(uploadId: string, from: string, to: string): Promise<boolean> {
    await this.replace(uploadId, from, to);
    return true;
  }

  async replace(_uploadId: string, from: string, to: string): Promise<void> {
    const [old, { place, path }] = [this.#places.find(from), this.#places.find(to)];
    if (old.place !== place)
      throw new HoldfastError('conflict', `${from} cannot replace ${to}: it lies in another folder`);
    try {
      await rename(old.path, path);
    } catch (error) {
      if (isSystemError(error, 'ENOENT'))
        throw new HoldfastError('not_found', `there is no archive at ${old.path}: it was moved or deleted`, {
          cause: error,
        });
      throw unwritablePlace(error, place.folder);
    }
    await syncFolder(place.folder);
  }

  async abort(uploadId: string): Promise<void> {
    const upload = this.#uploads.get(uploadId);
    this.#uploads.delete(uploadId);
    await (await upload?.catch(() => undefined))?.close();
    for (const place of this.#places.all()) {
      const staged = stagingFolder(place, uploadId);
      // If something else has this name, it is not ours, and there can be no uploads.
      if (!(await isFolder(join(place.folder, STAGING)))) continue;
      await rm(staged, { recursive: true, force: true });
      await rmdirWhenEmpty(join(place.folder, STAGING));
    }
  }

  async uploads(): Promise<string[]> {
    const found = await Promise.all(this.#places.all().map(stagedUploads));
    return [...new Set(found.flat())];
  }

  async stat(key: string): Promise<ObjectInfo | undefined> {
    try {
      const found = await lstat(this.#places.find(key).path);
      return found.isFile() ? { key, bytes: found.size } : undefined;
    } catch (error) {
      if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  async read(key: string, offset: number, length: number): Promise<Uint8Array> {
    const { path } = this.#places.find(key);
    const file = await openForReading(path);
    try {
      const buffer = new Uint8Array(length);
      if ((await readFully(file, buffer, offset)) < length)
        throw new HoldfastError('archive_cut', `${path} ends before byte ${offset + length}: it was cut`);
      return buffer;
    } finally {
      await file.close();
    }
  }

  async *stream(key: string, offset = 0): AsyncGenerator<Uint8Array> {
    const file = await openForReading(this.#places.find(key).path);
    // The stream reads one buffer ahead, and closes the file however it ends.
    yield* file.createReadStream({ start: offset, highWaterMark: STREAM_BUFFER_BYTES });
  }

  async remove(key: string): Promise<void> {
    const { place, path } = this.#places.find(key);
    try {
      await unlink(path);
    } catch (error) {
      if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return;
      throw unwritablePlace(error, place.folder);
    }
    await syncFolder(place.folder);
  }

  /** Undefined: the server streams archives itself. */
  async downloadUrl(): Promise<undefined> {
    return undefined;
  }

  /** Closes the files of open uploads; their pieces stay. */
  async close(): Promise<void> {
    const open = [...this.#uploads.values()];
    this.#uploads.clear();
    for (const upload of open) await (await upload.catch(() => undefined))?.close();
  }

  #stagedPart(part: Part): StagedPart {
    return 'copy' in part
      ? { copyPath: this.#places.find(part.copy).path, offset: part.offset, length: part.length }
      : part;
  }

  #open(uploadId: string, place: ArchivePlace): Promise<StagedUpload> {
    return this.#remember(uploadId, async () => {
      try {
        await makeOwn(place);
        await makeStaging(place);
        return await StagedUpload.open(stagingFolder(place, uploadId));
      } catch (error) {
        throw unwritablePlace(error, place.folder);
      }
    });
  }

  /** The upload as opened by this process, or by an earlier one before a crash. */
  #opened(uploadId: string): Promise<StagedUpload> {
    return this.#remember(uploadId, async () => {
      for (const place of this.#places.all()) {
        const folder = stagingFolder(place, uploadId);
        if (await isFolder(folder)) return StagedUpload.open(folder);
      }
      throw new HoldfastError(
        'not_found',
        `upload ${uploadId} is not open: it was never started, or has ended`,
      );
    });
  }

  #remember(uploadId: string, make: () => Promise<StagedUpload>): Promise<StagedUpload> {
    const known = this.#uploads.get(uploadId);
    if (known) return known;
    const made = make();
    this.#uploads.set(uploadId, made);
    made.catch(() => this.#uploads.delete(uploadId));
    return made;
  }
}

const makeOwn = async ({ own, folder }: ArchivePlace): Promise<void> => {
  if (own) makeFolders(folder, PRIVATE_FOLDER);
};
