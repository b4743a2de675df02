/**
 * An open upload: a folder beside its destination, with one file to which pieces are appended as they arrive. When they
 * are composed in the same order, this file itself becomes the object.
 */
import { constants } from 'node:fs';
import { copyFile, type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders, PRIVATE_FOLDER } from '../../../archive/destination/make-folders.ts';
import { HoldfastError, isSystemError } from '../../../model/errors.ts';
import type { Piece } from '../../../model/records/capture.ts';
import { syncFolder } from './durable-names.ts';
import { failedWrite } from './file-errors.ts';
import { WriteBackFile } from './write-back-file.ts';

/** A part of an object, with the path of the file from which a range is copied. */
export type StagedPart =
  | { bytes: Uint8Array }
  | { piece: Piece }
  | { copyPath: string; offset: number; length: number };
/** How far an assembly is that several calls make. */
export interface AssemblySteps {
  /** So many parts stand in the new file, on the disk. */
  readonly filled: number;
  keep(filled: number): Promise<void>;
  stopsNext(): boolean;
}
const inOneCall: AssemblySteps = { filled: 0, keep: async () => undefined, stopsNext: () => false };

type Placed = { part: StagedPart; at: number; length: number };

export class StagedUpload {
  readonly folder: string;
  readonly #pieces: WriteBackFile;
  #end: number;
  #named: Promise<void> | undefined;

  private constructor(folder: string, pieces: WriteBackFile, end: number) {
    this.folder = folder;
    this.#pieces = pieces;
    this.#end = end;
  }

  /** Makes the folder, or continues with the existing one. */
  static async open(folder: string): Promise<StagedUpload> {
    makeFolders(folder, PRIVATE_FOLDER);
    const path = join(folder, 'pieces');
    try {
      return new StagedUpload(folder, await WriteBackFile.open(path, 'wx+'), 0);
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw failedWrite(error, path);
      const pieces = await WriteBackFile.open(path, 'r+');
      return new StagedUpload(folder, pieces, await pieces.size());
    }
  }

  /** Several calls may run at once: each has its own range of the file. */
  async append(name: string, bytes: readonly Uint8Array[]): Promise<Piece> {
    const length = bytes.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const at = this.#end;
    this.#end += length;
    await this.#pieces.write(bytes, at);
    return { name, bytes: length, at };
  }

  /** Writes a piece at its place in the object. When it resolves, the bytes and their file's name are on the disk. */
  async place(name: string, bytes: readonly Uint8Array[], at: number): Promise<Piece> {
    const length = bytes.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#end = Math.max(this.#end, at + length);
    await this.#pieces.write(bytes, at);
    await this.#pieces.sync();
    this.#named ??= syncNames(this.folder);
    await this.#named;
    return { name, bytes: length, at };
  }

  async read(piece: Piece, { offset, length } = { offset: 0, length: piece.bytes }): Promise<Uint8Array> {
    const buffer = new Uint8Array(Math.max(0, Math.min(length, piece.bytes - offset)));
    if ((await this.#pieces.read(buffer, offsetOf(piece) + offset)) < buffer.byteLength)
      throw missingPiece(piece);
    return buffer;
  }

  /** A file of this folder that holds the parts in order, on the disk; and its size. Undefined when the steps go on later. */
  async assemble(
    parts: readonly StagedPart[],
    steps: AssemblySteps = inOneCall,
  ): Promise<{ path: string; bytes: number } | undefined> {
    const placed = layOut(parts);
    const bytes = placed.reduce((sum, { length }) => sum + length, 0);
    const inPlace = placed.findIndex(({ part, at }) => !('piece' in part) || offsetOf(part.piece) !== at);
    const rest = inPlace < 0 ? [] : placed.slice(inPlace);
    const stands = placed[0] !== undefined && 'piece' in placed[0].part;
    if (stands && inPlace !== 0 && !rest.some(({ part }) => 'piece' in part)) {
      for (const one of rest) await this.#fill(this.#pieces, one);
      await complete(this.#pieces, bytes);
      return { path: this.#pieces.path, bytes };
    }
    return this.#copy(placed, bytes, steps);
  }

  async #copy(
    placed: readonly Placed[],
    bytes: number,
    { filled, keep, stopsNext }: AssemblySteps,
  ): Promise<{ path: string; bytes: number } | undefined> {
    const path = join(this.folder, 'object');
    const base = await baseOf(placed);
    if (filled === 0) await beginCopy(path, base);
    const file = await WriteBackFile.open(path, 'r+');
    try {
      let begun = 0;
      for (const [index, one] of placed.entries()) {
        if (index < filled || (base !== undefined && liesIn(one, base))) continue;
        if (begun > 0 && stopsNext()) {
          await file.sync();
          await keep(index);
          return undefined;
        }
        await this.#fill(file, one);
        begun += 1;
      }
      await complete(file, bytes);
    } finally {
      await file.close();
    }
    return { path, bytes };
  }

  async close(): Promise<void> {
    await this.#pieces.close();
  }

  async #fill(file: WriteBackFile, { part, at, length }: Placed): Promise<void> {
    if ('bytes' in part) return file.write([part.bytes], at);
    if ('piece' in part) {
      const copied = await this.#pieces.copyTo(file, offsetOf(part.piece), length, at);
      if (copied < length) throw missingPiece(part.piece);
      return;
    }
    const source = await openForReading(part.copyPath);
    try {
      if ((await file.copyFrom(source, part.offset, length, at)) < length) throw cutSource(part.copyPath);
    } finally {
      await source.close();
    }
  }
}

/** Pieces that no part names, and what an earlier attempt left, stand behind the end. */
const complete = async (file: WriteBackFile, bytes: number): Promise<void> => {
  await file.truncate(bytes);
  await file.sync();
};

/** The file in the folder, the folder among other uploads, and those in their place. */
const syncNames = async (folder: string): Promise<void> => {
  await syncFolder(folder);
  await syncFolder(dirname(folder));
  await syncFolder(dirname(dirname(folder)));
};

/** Opens an object for reading, never through a symbolic link with its name. @throws HoldfastError `not_found`. */
export const openForReading = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENOTDIR'].some((code) => isSystemError(error, code)))
      throw new HoldfastError('not_found', `there is no archive at ${path}: it was moved or deleted`, {
        cause: error,
      });
    throw error;
  }
};

const layOut = (parts: readonly StagedPart[]): Placed[] => {
  let end = 0;
  return parts.map((part) => {
    const at = end;
    const length = 'bytes' in part ? part.bytes.byteLength : 'piece' in part ? part.piece.bytes : part.length;
    end += length;
    return { part, at, length };
  });
};

/** Whether a range is in the copy of a whole file, at the place where it is wanted. */
const liesIn = ({ part, at }: Placed, copiedPath: string): boolean =>
  'copyPath' in part && part.copyPath === copiedPath && part.offset === at;

/**
 * An archive that is sealed anew keeps nearly all of its bytes where they are: the kernel then copies the whole file
 * (sharing its blocks where the file system can) and only what differs is written. Returns the path to be so copied.
 */
const baseOf = async (placed: readonly Placed[]): Promise<string | undefined> => {
  const kept = placed.find(
    ({ part, at, length }) => 'copyPath' in part && part.offset === at && length > 0,
  )?.part;
  if (kept === undefined || !('copyPath' in kept)) return undefined;
  const source = await openForReading(kept.copyPath);
  try {
    const { size } = await source.stat();
    const inPlace = placed.filter((p) => liesIn(p, kept.copyPath)).reduce((sum, p) => sum + p.length, 0);
    if (inPlace < size / 2) return undefined;
    const short = placed.some(
      ({ part }) => 'copyPath' in part && part.copyPath === kept.copyPath && part.offset + part.length > size,
    );
    if (short) throw cutSource(kept.copyPath);
  } finally {
    await source.close();
  }
  return kept.copyPath;
};

const beginCopy = async (path: string, base: string | undefined): Promise<void> => {
  await rm(path, { force: true });
  try {
    if (base === undefined) await (await open(path, 'wx', 0o600)).close();
    else await copyFile(base, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  } catch (error) {
    throw failedWrite(error, path);
  }
};

const offsetOf = (piece: Piece): number => {
  if (typeof piece.at !== 'number') throw missingPiece(piece);
  return piece.at;
};
const missingPiece = ({ name }: Piece): HoldfastError =>
  new HoldfastError('not_found', `piece ${name} is not in this upload: start the operation again`);
const cutSource = (path: string): HoldfastError =>
  new HoldfastError(
    'archive_cut',
    `${path} is shorter than its record says: verify it, and restore it from a copy`,
  );
