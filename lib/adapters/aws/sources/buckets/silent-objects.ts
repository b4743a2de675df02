/** Gives up objects whose reads fail with temporary errors however often they are tried, while their bucket answers. */
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { awsErrorName, isPassing } from '../../sdk/aws-errors.ts';
import { isOfAll } from './object-refusals.ts';

/** Such objects in a row, with none read between them, after which the bucket is taken to be at fault. */
const MAX_ON_END = 10;

export class SilentObjects {
  readonly #client: S3Client;
  readonly #onEnd = new Map<string, number>();

  constructor(client: S3Client) {
    this.#client = client;
  }

  /** Records that an object of the bucket was read. */
  answered(bucket: string): void {
    this.#onEnd.delete(bucket);
  }

  /** Why this one object is given up after its last attempt failed; undefined when the fault does not concern it. */
  async reasonFor(bucket: string, key: string, thrown: unknown): Promise<string | undefined> {
    if (!isPassing(thrown) || isOfAll(thrown)) return undefined;
    const onEnd = (this.#onEnd.get(bucket) ?? 0) + 1;
    this.#onEnd.set(bucket, onEnd);
    if (onEnd > MAX_ON_END || !(await this.#answers(bucket, key))) return undefined;
    return `every attempt fails (${awsErrorName(thrown)}), though its bucket answers`;
  }

  async #answers(bucket: string, key: string): Promise<boolean> {
    try {
      await this.#client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1, EncodingType: 'url' }),
      );
      return true;
    } catch {
      // The next request for the bucket's objects reports why it does not answer.
      return false;
    }
  }
}
