/** Objects whose reads fail in passing, however often they are tried: each is given up, as long as its bucket answers. */
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { awsErrorName, isPassing } from '../../sdk/aws-errors.ts';
import { isOfAll } from './object-refusals.ts';

/** More of them without one that is read between: then it is not the objects. */
const MAX_ON_END = 10;

export class SilentObjects {
  readonly #client: S3Client;
  readonly #onEnd = new Map<string, number>();

  constructor(client: S3Client) {
    this.#client = client;
  }

  /** An object of the bucket was read. */
  answered(bucket: string): void {
    this.#onEnd.delete(bucket);
  }

  /** Why this one object is given up after the last try has failed so; undefined when the fault is none of its own. */
  async reasonFor(bucket: string, key: string, thrown: unknown): Promise<string | undefined> {
    if (!isPassing(thrown) || isOfAll(thrown)) return undefined;
    const onEnd = (this.#onEnd.get(bucket) ?? 0) + 1;
    this.#onEnd.set(bucket, onEnd);
    if (onEnd > MAX_ON_END || !(await this.#answers(bucket, key))) return undefined;
    return `every try fails (${awsErrorName(thrown)}), though its bucket answers`;
  }

  async #answers(bucket: string, key: string): Promise<boolean> {
    try {
      await this.#client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1, EncodingType: 'url' }),
      );
      return true;
    } catch {
      // Why it does not is told by whoever asks for its objects next.
      return false;
    }
  }
}
