/**
 * Stores archives as objects of S3, which S3 encrypts with its own keys (after our own encryption): pieces wait in the
 * installation's bucket, and S3 itself joins them into the archive.
 */
import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { HoldfastError } from '../../../model/errors.ts';
import type { Piece } from '../../../model/records/capture.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { JoinSteps, ObjectInfo, ObjectStore, Part, PieceUploads } from '../../../ports/object-store.ts';
import { joinObject, makerOf } from '../s3/multipart-join.ts';
import { type Extent, extentBytes, type MultipartLimits, s3Limits } from '../s3/multipart-plan.ts';
import { endUpload } from '../s3/multipart-upload.ts';
import { cutShort, failedWrite, notFound } from '../s3/s3-errors.ts';
import { S3Places } from '../s3/s3-places.ts';
import { headObject, readRange, streamFrom } from '../s3/s3-ranges.ts';
import { StagingArea } from './staging-area.ts';

/** A URL signed by a function's role ends with its session, whatever its own expiry. */
const MAX_URL_SECONDS = 15 * 60;

export interface S3ObjectStoreOptions {
  readonly client: S3Client;
  /** The installation's own bucket. */
  readonly bucket: string;
  /** Other places that a request may name, as `s3://bucket/prefix`. */
  readonly backupPaths: readonly string[];
  /** @default S3's own limits */
  readonly limits?: MultipartLimits;
  /** @default nothing is logged */
  readonly log?: Pick<Logger, 'warn'>;
}

export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  /** The SDK would sign a checksum of the bytes, which do not exist yet. */
  readonly #presigning: S3Client;
  readonly #places: S3Places;
  readonly #staging: StagingArea;
  readonly #limits: MultipartLimits;
  readonly #log: Pick<Logger, 'warn'> | undefined;
  /**
   * A request takes some tens of milliseconds before its first byte: in reads of 1 MiB, with one read ahead, that would
   * halve the speed.
   */
  readonly readBytes = 8 * 1024 ** 2;
  readonly pieceUploads: PieceUploads = {
    url: (uploadId, name, { bytes, expiresInSeconds }) =>
      this.#pieceUrl(uploadId, name, bytes, expiresInSeconds),
    list: (uploadId) => this.#staging.allSent(uploadId),
  };

  constructor({ client, bucket, backupPaths, limits = s3Limits, log }: S3ObjectStoreOptions) {
    this.#log = log;
    this.#client = client;
    this.#presigning = presigningClient(client);
    this.#places = new S3Places(bucket, backupPaths);
    this.#staging = new StagingArea(client, bucket);
    this.#limits = limits;
  }

  locate(fileName: string, backupPath?: string): string {
    return this.#places.locate(fileName, backupPath);
  }

  placeOf(key: string): string {
    return this.#places.find(key).place;
  }

  /** Begins a multipart upload of this very key and ends it: leaves nothing, even where versions are kept. */
  async assertWritable(key: string): Promise<void> {
    const { object } = this.#places.find(key);
    try {
      const { UploadId = '' } = await this.#client.send(
        new CreateMultipartUploadCommand({ Bucket: object.bucket, Key: object.key }),
      );
      await endUpload(this.#client, object, UploadId);
    } catch (thrown) {
      throw failedWrite(thrown, object);
    }
  }

  async open(uploadId: string, key: string): Promise<void> {
    this.#places.find(key);
    await this.#staging.open(uploadId);
  }

  async putPiece(uploadId: string, name: string, bytes: readonly Uint8Array[]): Promise<Piece> {
    await this.#staging.requireOpen(uploadId);
    // One copy, also out of shared memory: the bytes must not change while they are summed and sent.
    const whole = Buffer.concat(bytes);
    const at = await this.#staging.put(uploadId, name, whole);
    return { name, bytes: whole.byteLength, at, crc32: crc32(whole) };
  }

  async readPiece(
    uploadId: string,
    piece: Piece,
    { offset, length } = { offset: 0, length: piece.bytes },
  ): Promise<Uint8Array> {
    const object = this.#staging.find(uploadId, piece);
    if (piece.bytes === 0 && (await headObject(this.#client, object)) === undefined) throw notFound(object);
    return readRange(this.#client, object, offset, Math.max(0, Math.min(length, piece.bytes - offset)));
  }

  async compose(
    uploadId: string,
    key: string,
    parts: readonly Part[],
    { overwrite }: { overwrite: boolean },
  ): Promise<ObjectInfo> {
    const { bytes } = await this.#join(uploadId, key, parts, { overwrite });
    await this.abort(uploadId);
    return { key, bytes };
  }

  async composeInSteps(
    uploadId: string,
    key: string,
    parts: readonly Part[],
    { overwrite, steps }: { overwrite: boolean; steps: JoinSteps },
  ): Promise<ObjectInfo | undefined> {
    const { bytes, isDone } = await this.#join(uploadId, key, parts, { overwrite, steps });
    // Of a large archive there are so many pieces that removing them takes calls of its own.
    const isClear = isDone && (await this.#staging.remove(uploadId, () => steps.stopsNext()));
    return isClear ? { key, bytes } : undefined;
  }

  async replace(uploadId: string, from: string, to: string): Promise<void> {
    await this.compose(uploadId, to, [await this.#whole(from, to)], { overwrite: true });
    await this.remove(from);
  }

  async replaceInSteps(uploadId: string, from: string, to: string, steps: JoinSteps): Promise<boolean> {
    const whole = await this.#whole(from, to);
    const placed = await this.composeInSteps(uploadId, to, [whole], { overwrite: true, steps });
    if (placed !== undefined) await this.remove(from);
    return placed !== undefined;
  }

  async abort(uploadId: string): Promise<void> {
    await this.#staging.remove(uploadId);
  }

  async uploads(): Promise<string[]> {
    return this.#staging.uploads();
  }

  async stat(key: string): Promise<ObjectInfo | undefined> {
    const found = await headObject(this.#client, this.#places.find(key).object);
    return found && { key, bytes: found.bytes };
  }

  async read(key: string, offset: number, length: number): Promise<Uint8Array> {
    return readRange(this.#client, this.#places.find(key).object, offset, length);
  }

  stream(key: string, offset = 0): AsyncGenerator<Uint8Array> {
    return streamFrom(this.#client, this.#places.find(key).object, offset);
  }

  async remove(key: string): Promise<void> {
    const { object } = this.#places.find(key);
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: object.bucket, Key: object.key }));
    } catch (thrown) {
      throw failedWrite(thrown, object);
    }
  }

  async downloadUrl(
    key: string,
    { fileName, expiresInSeconds }: { fileName: string; expiresInSeconds: number },
  ): Promise<string> {
    const { object } = this.#places.find(key);
    const command = new GetObjectCommand({
      Bucket: object.bucket,
      Key: object.key,
      ResponseContentType: 'application/x-tar',
      ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
    });
    return getSignedUrl(this.#client, command, { expiresIn: Math.min(expiresInSeconds, MAX_URL_SECONDS) });
  }

  /** The length is signed, too, so S3 accepts no other. */
  async #pieceUrl(uploadId: string, name: string, bytes: number, expiresInSeconds: number): Promise<string> {
    await this.#staging.requireOpen(uploadId);
    const { bucket, key } = this.#staging.sent(uploadId, name);
    const command = new PutObjectCommand({ Bucket: bucket, Key: key, ContentLength: bytes });
    return getSignedUrl(this.#presigning, command, {
      expiresIn: Math.min(expiresInSeconds, MAX_URL_SECONDS),
      signableHeaders: new Set(['host', 'content-length']),
    });
  }

  async #join(
    uploadId: string,
    key: string,
    parts: readonly Part[],
    { overwrite, steps }: { overwrite: boolean; steps?: JoinSteps },
  ): Promise<{ bytes: number; isDone: boolean }> {
    const { object } = this.#places.find(key);
    const extents: Extent[] = [];
    for (const part of parts) extents.push(await this.#extent(uploadId, part));
    const isDone = await joinObject(
      {
        client: this.#client,
        limits: this.#limits,
        joined: (index) => this.#staging.joined(uploadId, index),
        onUpload: (target, multipartId) => this.#staging.noteMultipart(uploadId, target, multipartId),
        onOtherSum: ({ bucket, key: name }) =>
          this.#log?.warn(
            'S3 reports that the parts of an archive differ from what was captured (BadDigest); they are joined without the checksum, and the read-back of the archive decides',
            { bucket, key: name },
          ),
        steps,
      },
      { object, overwrite, madeBy: steps === undefined ? randomUUID() : makerOf(uploadId, extents) },
      extents,
    );
    return { bytes: extents.reduce((sum, extent) => sum + extentBytes(extent), 0), isDone };
  }

  /** S3 renames nothing: the bytes are copied, server-side, and the new object appears at once and whole. */
  async #whole(from: string, to: string): Promise<Part> {
    const { place, object } = this.#places.find(from);
    if (place !== this.placeOf(to))
      throw new HoldfastError('conflict', `${from} cannot replace ${to}: it lies in another place`);
    const found = await headObject(this.#client, object);
    if (found === undefined) throw notFound(object);
    return { copy: from, offset: 0, length: found.bytes };
  }

  async #extent(uploadId: string, part: Part): Promise<Extent> {
    if ('bytes' in part) return part;
    if ('piece' in part) {
      const { bytes: length, crc32: sum } = part.piece;
      const from = this.#staging.find(uploadId, part.piece);
      return { from, offset: 0, length, ...(sum !== undefined && { crc32: sum }) };
    }
    const { object } = this.#places.find(part.copy);
    const found = await headObject(this.#client, object);
    if (found === undefined) throw notFound(object);
    const end = part.offset + part.length;
    if (end > found.bytes) throw cutShort(object, end);
    return { from: object, offset: part.offset, length: part.length };
  }
}

const presigningClient = ({ config }: S3Client): S3Client => {
  const { region, credentials, endpoint, forcePathStyle = false } = config;
  return new S3Client({
    region,
    credentials,
    forcePathStyle,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...(endpoint === undefined ? {} : { endpoint }),
  });
};
