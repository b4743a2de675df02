/**
 * Open uploads. They are in the installation's own bucket wherever their archives will go, so that writers of pieces
 * need no rights elsewhere.
 *
 *   uploads/<upload>/open        it may take pieces
 *   uploads/<upload>/<uuid>      a multipart upload of its joining
 *   staging/<upload>/<piece>/<uuid>   a piece; each put makes an object of its own, so that a late repeat by a task
 *                                that was given up for dead never changes what a checkpoint counts on
 *   staging/<upload>/<piece>/sent  a piece that a client puts itself, by a URL; a repeat replaces it
 *   staging/<upload>/joined/<n>  parts joined beforehand
 */
import { randomUUID } from 'node:crypto';
import {
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import * as z from 'zod';
import { bucketPrefixes } from '../../../model/aws-environment.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { Piece } from '../../../model/records/capture.ts';
import { endUpload } from '../s3/multipart-upload.ts';
import { failedWrite } from '../s3/s3-errors.ts';
import type { S3Location } from '../s3/s3-places.ts';
import { headObject, readRange } from '../s3/s3-ranges.ts';
import { isDenied } from '../sdk/aws-errors.ts';

const { staging, uploads } = bucketPrefixes;
const UPLOAD_ID = /^(?!\.\.?$)[A-Za-z0-9_.-]{1,200}$/;
const KEYS_PER_DELETE = 1_000;

const multipartSchema = z.object({ bucket: z.string(), key: z.string(), multipartId: z.string() });

export class StagingArea {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async open(uploadId: string): Promise<void> {
    await this.#put(`${uploads}${checked(uploadId)}/open`, Buffer.alloc(0));
  }

  /** @throws HoldfastError `not_found` */
  async requireOpen(uploadId: string): Promise<void> {
    const mark = this.#at(`${uploads}${checked(uploadId)}/open`);
    // Without the right to list the bucket, S3 answers 403 for a missing object.
    const found = await headObject(this.#client, mark).catch((thrown: unknown) => {
      if (isDenied(thrown instanceof HoldfastError ? thrown.cause : thrown)) return undefined;
      throw thrown;
    });
    if (found === undefined)
      throw new HoldfastError(
        'not_found',
        `upload ${uploadId} is not open: it was never started, or has ended`,
      );
  }

  /** Stores a piece and returns its key. */
  async put(uploadId: string, name: string, bytes: Uint8Array): Promise<string> {
    const key = `${staging}${checked(uploadId)}/${encodeURIComponent(name)}/${randomUUID()}`;
    await this.#put(key, bytes);
    return key;
  }

  /** The key at which a client puts a piece. */
  sent(uploadId: string, name: string): S3Location {
    return this.#at(`${staging}${checked(uploadId)}/${encodeURIComponent(name)}/sent`);
  }

  /** The pieces that clients have put. */
  async allSent(uploadId: string): Promise<Piece[]> {
    const prefix = `${staging}${checked(uploadId)}/`;
    const found: Piece[] = [];
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix: prefix });
    for await (const { Contents = [] } of pages)
      for (const { Key: at = '', Size: bytes = 0 } of Contents) {
        const [name, last, ...more] = at.slice(prefix.length).split('/');
        if (name !== undefined && last === 'sent' && more.length === 0)
          found.push({ name: decodeURIComponent(name), bytes, at });
      }
    return found;
  }

  /** The location of a piece. @throws HoldfastError `not_found` for a piece of another upload or another store */
  find(uploadId: string, { name, at }: { name: string; at: number | string }): S3Location {
    if (typeof at !== 'string' || !at.startsWith(`${staging}${checked(uploadId)}/`))
      throw new HoldfastError('not_found', `piece ${name} is not in this upload: start the operation again`);
    return this.#at(at);
  }

  joined(uploadId: string, index: number): S3Location {
    return this.#at(`${staging}${checked(uploadId)}/joined/${index}`);
  }

  /** Records a multipart upload until the upload is removed. */
  async noteMultipart(uploadId: string, object: S3Location, multipartId: string): Promise<void> {
    const note = JSON.stringify({ ...object, multipartId });
    await this.#put(`${uploads}${checked(uploadId)}/${randomUUID()}`, Buffer.from(note));
  }

  /**
   * Everything of an upload: its mark first, so that no piece comes after. Nothing if there is nothing. False when
   * `stopsNext` has ended it before it was through.
   */
  async remove(uploadId: string, stopsNext: () => boolean = () => false): Promise<boolean> {
    const marks = `${uploads}${checked(uploadId)}/`;
    await this.#delete([`${marks}open`]);
    return (
      (await this.#removeAll(marks, stopsNext, (note) => this.#endNoted(note))) &&
      (await this.#removeAll(`${staging}${uploadId}/`, stopsNext))
    );
  }

  /** @param first done with each, one after the other, before it is removed */
  async #removeAll(
    prefix: string,
    stopsNext: () => boolean,
    first?: (key: string) => Promise<void>,
  ): Promise<boolean> {
    for (let rounds = 0; ; rounds += 1) {
      const { Contents = [] } = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: prefix,
          MaxKeys: first === undefined ? KEYS_PER_DELETE : KEYS_PER_DELETE / 20,
        }),
      );
      const keys = Contents.map(({ Key = '' }) => Key);
      if (keys.length === 0) return true;
      if (rounds > 0 && stopsNext()) return false;
      for (const key of keys) await first?.(key);
      await this.#delete(keys);
    }
  }

  /** Uploads that have a mark or pieces. */
  async uploads(): Promise<string[]> {
    const found = new Set<string>();
    for (const prefix of [uploads, staging]) {
      const pages = paginateListObjectsV2(
        { client: this.#client },
        { Bucket: this.#bucket, Prefix: prefix, Delimiter: '/' },
      );
      for await (const { CommonPrefixes = [] } of pages)
        for (const { Prefix = '' } of CommonPrefixes) found.add(Prefix.slice(prefix.length, -1));
    }
    return [...found].filter((id) => UPLOAD_ID.test(id));
  }

  async #endNoted(note: string): Promise<void> {
    if (note.endsWith('/open')) return;
    const object = this.#at(note);
    const head = await headObject(this.#client, object);
    if (head === undefined) return;
    const text = Buffer.from(await readRange(this.#client, object, 0, head.bytes)).toString('utf8');
    const { multipartId, ...target } = multipartSchema.parse(JSON.parse(text));
    try {
      await endUpload(this.#client, target, multipartId);
    } catch (thrown) {
      // A complete upload has nothing left to end, but its pieces must still be removed.
      if ((await headObject(this.#client, target)) === undefined) throw thrown;
    }
  }

  /** At most `KEYS_PER_DELETE`. */
  async #delete(keys: readonly string[]): Promise<void> {
    const Objects = keys.map((Key) => ({ Key }));
    const { Errors = [] } = await this.#client.send(
      new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
    );
    const [failed] = Errors;
    if (failed !== undefined)
      throw new HoldfastError(
        'unavailable',
        `s3://${this.#bucket}/${failed.Key} could not be deleted (${failed.Code}); the sweep tries again`,
      );
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: bytes }));
    } catch (thrown) {
      throw failedWrite(thrown, this.#at(key));
    }
  }

  #at(key: string): S3Location {
    return { bucket: this.#bucket, key };
  }
}

const checked = (uploadId: string): string => {
  if (!UPLOAD_ID.test(uploadId))
    throw new HoldfastError('invalid_request', `${uploadId} is not the id of an upload`);
  return uploadId;
};
