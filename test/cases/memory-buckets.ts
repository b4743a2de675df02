/** Buckets in memory, to test how a workflow handles a store that does not answer. */
import { createHash } from 'node:crypto';
import type { BucketStore, ObjectAttributes } from '../../lib/ports/sources/bucket-store.ts';

export class MemoryBuckets implements BucketStore {
  readonly objects = new Map<string, Map<string, Buffer>>();
  keysPerPage = 1_000;
  /** The attributes of objects that have some, by bucket and key. */
  readonly attributes = new Map<string, ObjectAttributes>();
  /** Runs before each write. */
  onPut: (bucket: string, key: string) => void = () => undefined;
  /** The reason to refuse an object; undefined to accept it. */
  refusal: (bucket: string, key: string) => string | undefined = () => undefined;

  bucket(name: string): Map<string, Buffer> {
    const found = this.objects.get(name) ?? new Map<string, Buffer>();
    this.objects.set(name, found);
    return found;
  }

  describe: BucketStore['describe'] = async () => ({ versioned: false });

  async *list(...args: Parameters<BucketStore['list']>): ReturnType<BucketStore['list']> {
    for await (const { objects } of this.listPages(...args)) yield* objects;
  }

  async *listPages(
    bucket: string,
    { prefix, after, through }: Parameters<BucketStore['list']>[1],
  ): ReturnType<BucketStore['listPages']> {
    const found = [...this.bucket(bucket)]
      .filter(([key]) => key.startsWith(prefix))
      .filter(([key]) => (after === undefined || key > after) && (through === undefined || key <= through))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, bytes]) => ({
        key,
        bytes: bytes.length,
        modifiedAt: new Date(0),
        etag: createHash('md5').update(bytes).digest('hex'),
      }));
    for (let first = 0; ; first += this.keysPerPage) {
      const objects = found.slice(first, first + this.keysPerPage);
      const isLast = first + this.keysPerPage >= found.length;
      yield { objects, ...(!isLast && { next: objects.at(-1)?.key }) };
      if (isLast) return;
    }
  }

  open: BucketStore['open'] = async (bucket, { key }, fromByte = 0) => {
    const bytes = this.bucket(bucket).get(key);
    if (bytes === undefined) return { unreadable: 'was deleted after it was listed' };
    const content = (async function* () {
      yield bytes.subarray(fromByte);
    })();
    const attributes = this.attributes.get(`${bucket}/${key}`) ?? { metadata: {}, tags: {} };
    return { attributes, content, discard: () => undefined };
  };

  put: BucketStore['put'] = async (bucket, key, { content, attributes }, { overwrite }) => {
    this.onPut(bucket, key);
    const bytes = Buffer.concat(await Array.fromAsync(content));
    const refused = this.refusal(bucket, key);
    if (refused !== undefined) return { refused };
    if (!overwrite && this.bucket(bucket).has(key)) return 'taken';
    this.bucket(bucket).set(key, bytes);
    this.attributes.set(`${bucket}/${key}`, attributes);
    return 'written';
  };

  digest: BucketStore['digest'] = async (bucket, key) => {
    const bytes = this.bucket(bucket).get(key);
    return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex');
  };
}
