/**
 * S3 by its API reference, in memory, for what no emulator does on demand: errors, cut and lost answers.
 * Path-style requests only; it ignores signatures. It supports the requests that Holdfast makes to a bucket,
 * and answers 501 to others.
 */
import { createHash, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { type FaultRule, noFaults } from './faults.ts';
import { type Stub, type StubAnswer, type StubRequest, type StubService, startStub } from './stub-server.ts';

export interface StubObject {
  readonly body: Buffer;
  /** The headers of its answers, such as content type, cache control and metadata. */
  readonly headers: ReadonlyMap<string, string>;
  readonly tags: readonly (readonly [string, string])[];
  readonly versionId: string;
  /** @default a CRC32 of the whole */
  readonly checksum?: StubChecksum | undefined;
}

/** The checksum that S3 has for an object, and the sizes of its parts; an empty list means one part. */
export interface StubChecksum {
  readonly algorithm: 'crc32' | 'crc32c' | 'crc64nvme' | 'sha256' | 'sha1';
  /** True when the checksum is computed from the parts' checksums. */
  readonly composite: boolean;
  readonly parts: readonly number[];
}

interface StubBucket {
  versioned: boolean;
  /** The versions by key, the newest last. */
  readonly objects: Map<string, StubObject[]>;
}

interface StubUpload {
  readonly bucket: string;
  readonly key: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly tags: StubObject['tags'];
  readonly parts: Map<number, Buffer>;
}

const KEPT_HEADERS: ReadonlySet<string> = new Set([
  ...[
    'cache-control',
    'content-disposition',
    'content-encoding',
    'content-language',
    'content-type',
    'expires',
  ],
  ...['x-amz-website-redirect-location', 'x-amz-storage-class'],
]);
const MODIFIED = new Date('2026-11-20T03:00:00Z');
const MAX_KEY_BYTES = 1024;
const MAX_TAGS = 10;

const xmlText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const xml = (body: string, status = 200): StubAnswer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>${body}`,
});
const failure = (status: number, code: string, message = code): StubAnswer =>
  xml(`<Error><Code>${code}</Code><Message>${xmlText(message)}</Message></Error>`, status);
const etagOf = (bytes: Uint8Array): string => `"${createHash('md5').update(bytes).digest('hex')}"`;
const sumOf = async (bytes: Uint8Array, algorithm: StubChecksum['algorithm']): Promise<Buffer> => {
  if (algorithm === 'sha256' || algorithm === 'sha1') return createHash(algorithm).update(bytes).digest();
  const sum = algorithm === 'crc32' ? new Crc32() : algorithm === 'crc32c' ? new Crc32c() : new Crc64Nvme();
  sum.update(bytes);
  return Buffer.from(await sum.digest());
};
const checksumOf = (bytes: Uint8Array): string => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
};
const partsOf = ({ body, checksum }: StubObject): Buffer[] => {
  let at = 0;
  return (checksum?.parts ?? [body.length]).map((bytes) => {
    at += bytes;
    return body.subarray(at - bytes, at);
  });
};
/** The checksum in the form of an answer about the whole object. */
const checksumHeaders = async (object: StubObject): Promise<Record<string, string>> => {
  const { algorithm, composite } = object.checksum ?? { algorithm: 'crc32', composite: false };
  const parts = partsOf(object);
  const sums = composite ? await Promise.all(parts.map((part) => sumOf(part, algorithm))) : [object.body];
  const sum = (await sumOf(Buffer.concat(sums), algorithm)).toString('base64');
  return {
    [`x-amz-checksum-${algorithm}`]: composite ? `${sum}-${parts.length}` : sum,
    'x-amz-checksum-type': composite ? 'COMPOSITE' : 'FULL_OBJECT',
  };
};
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export class StubS3 implements StubService {
  readonly buckets = new Map<string, StubBucket>();
  /** Multipart uploads that are neither complete nor aborted, by id. */
  readonly uploads = new Map<string, StubUpload>();
  pageKeys = 1000;

  bucket(name: string, { versioned = false } = {}): StubBucket {
    const made = { versioned, objects: new Map<string, StubObject[]>() };
    this.buckets.set(name, made);
    return made;
  }

  /** The newest version of an object. */
  object(bucket: string, key: string): StubObject | undefined {
    return this.buckets.get(bucket)?.objects.get(key)?.at(-1);
  }

  keys(bucket: string): string[] {
    return [...(this.buckets.get(bucket)?.objects.keys() ?? [])].sort(byBytes);
  }

  put(
    bucket: string,
    key: string,
    body: string | Buffer,
    {
      headers = {},
      tags = [],
      checksum,
    }: { headers?: Record<string, string>; tags?: StubObject['tags']; checksum?: StubChecksum } = {},
  ): void {
    this.#keep(bucket, key, {
      body: Buffer.from(body),
      headers: new Map(Object.entries(headers)),
      tags,
      checksum,
    });
  }

  name(request: StubRequest): { operation: string; target: string } {
    const { bucket, key, query } = placeOf(request);
    const operation = operationOf(request.method, key, query);
    return { operation, target: key === '' ? bucket : key };
  }

  error({ status, code, message }: { status: number; code: string; message?: string }): StubAnswer {
    return failure(status, code, message);
  }

  answer(request: StubRequest): StubAnswer | Promise<StubAnswer> {
    const { bucket, key, query } = placeOf(request);
    const operation = operationOf(request.method, key, query);
    if (operation === 'CreateBucket') {
      if (this.buckets.has(bucket)) return failure(409, 'BucketAlreadyOwnedByYou');
      this.bucket(bucket);
      return { status: 200 };
    }
    const found = this.buckets.get(bucket);
    if (found === undefined) return failure(404, 'NoSuchBucket', 'The specified bucket does not exist');
    switch (operation) {
      case 'PutBucketVersioning':
        found.versioned = request.body.includes('<Status>Enabled</Status>');
        return { status: 200 };
      case 'GetBucketVersioning':
        return xml(
          `<VersioningConfiguration>${found.versioned ? '<Status>Enabled</Status>' : ''}</VersioningConfiguration>`,
        );
      case 'ListObjectsV2':
        return this.#list(found, query);
      case 'ListObjectVersions':
        return this.#listVersions(found, query);
      case 'GetObject':
      case 'HeadObject':
        return this.#get(found, key, query, request);
      case 'GetObjectTagging':
        return this.#tagging(found, key, query);
      case 'PutObject':
        return this.#putObject(bucket, key, request);
      case 'DeleteObject':
        found.objects.delete(key);
        return { status: 204 };
      case 'CreateMultipartUpload':
        return this.#begin(bucket, key, request);
      case 'UploadPart':
        return this.#part(query, request);
      case 'CompleteMultipartUpload':
        return this.#complete(found, query, request);
      case 'AbortMultipartUpload':
        if (!this.uploads.delete(query.get('uploadId') ?? '')) return failure(404, 'NoSuchUpload');
        return { status: 204 };
      default:
        return failure(501, 'NotImplemented', operation);
    }
  }

  #keep(bucket: string, key: string, object: Omit<StubObject, 'versionId'>): StubObject {
    const found = this.buckets.get(bucket);
    if (found === undefined) throw new Error(`the stub has no bucket ${bucket}`);
    const kept = { ...object, versionId: found.versioned ? randomUUID() : 'null' };
    found.objects.set(key, found.versioned ? [...(found.objects.get(key) ?? []), kept] : [kept]);
    return kept;
  }

  #list({ objects }: StubBucket, query: URLSearchParams): StubAnswer {
    const token = query.get('continuation-token');
    const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64').toString();
    const keys = [...objects.keys()]
      .filter((key) => key.startsWith(query.get('prefix') ?? '') && byBytes(key, after) > 0)
      .sort(byBytes);
    const page = keys.slice(0, this.pageKeys);
    const more = keys.length > page.length;
    const rows = page.map((key) => {
      const object = objects.get(key)?.at(-1);
      return object === undefined ? '' : `<Contents>${described(key, object)}</Contents>`;
    });
    const next = Buffer.from(page.at(-1) ?? '').toString('base64');
    return xml(
      `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''}${rows.join('')}</ListBucketResult>`,
    );
  }

  #listVersions({ objects }: StubBucket, query: URLSearchParams): StubAnswer {
    const after = query.get('key-marker') ?? '';
    const keys = [...objects.keys()]
      .filter((key) => key.startsWith(query.get('prefix') ?? '') && byBytes(key, after) > 0)
      .sort(byBytes);
    const page = keys.slice(0, this.pageKeys);
    const more = keys.length > page.length;
    const rows = page.flatMap((key) =>
      (objects.get(key) ?? [])
        .toReversed()
        .map(
          (object, index) =>
            `<Version>${described(key, object)}<VersionId>${object.versionId}</VersionId><IsLatest>${index === 0}</IsLatest></Version>`,
        ),
    );
    const next = encodeURIComponent(page.at(-1) ?? '');
    return xml(
      `<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${more ? `<NextKeyMarker>${next}</NextKeyMarker>` : ''}${rows.join('')}</ListVersionsResult>`,
    );
  }

  #find({ objects }: StubBucket, key: string, query: URLSearchParams): StubObject | undefined {
    const versions = objects.get(key);
    const versionId = query.get('versionId');
    return versionId === null ? versions?.at(-1) : versions?.find((object) => object.versionId === versionId);
  }

  async #get(
    bucket: StubBucket,
    key: string,
    query: URLSearchParams,
    { headers, method }: StubRequest,
  ): Promise<StubAnswer> {
    const object = this.#find(bucket, key, query);
    if (object === undefined) return failure(404, query.has('versionId') ? 'NoSuchVersion' : 'NoSuchKey');
    const { body, tags } = object;
    const etag = etagOf(body);
    const condition = headers['if-match'];
    if (condition !== undefined && condition !== etag) return failure(412, 'PreconditionFailed');
    const part = partsOf(object)[Number(query.get('partNumber')) - 1];
    if (method === 'HEAD' && part !== undefined)
      return { status: 206, headers: { etag, 'content-length': String(part.length) } };
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
    const from = Number(start ?? 0);
    if (start !== undefined && from >= body.length) return failure(416, 'InvalidRange');
    const bytes = start === undefined ? body : body.subarray(from, end ? Number(end) + 1 : undefined);
    return {
      status: start === undefined ? 200 : 206,
      headers: {
        'content-type': 'binary/octet-stream',
        etag,
        'last-modified': MODIFIED.toUTCString(),
        'accept-ranges': 'bytes',
        ...Object.fromEntries(object.headers),
        ...(tags.length > 0 && { 'x-amz-tagging-count': String(tags.length) }),
        ...(start !== undefined && {
          'content-range': `bytes ${from}-${from + bytes.length - 1}/${body.length}`,
        }),
        ...(start === undefined &&
          headers['x-amz-checksum-mode'] === 'ENABLED' &&
          (await checksumHeaders(object))),
      },
      body: bytes,
    };
  }

  #tagging(bucket: StubBucket, key: string, query: URLSearchParams): StubAnswer {
    const object = this.#find(bucket, key, query);
    if (object === undefined) return failure(404, query.has('versionId') ? 'NoSuchVersion' : 'NoSuchKey');
    const tags = object.tags.map(
      ([name, value]) => `<Tag><Key>${xmlText(name)}</Key><Value>${xmlText(value)}</Value></Tag>`,
    );
    return xml(`<Tagging><TagSet>${tags.join('')}</TagSet></Tagging>`);
  }

  #putObject(bucket: string, key: string, request: StubRequest): StubAnswer {
    const refused = this.#refusedWrite(bucket, key, request);
    if (refused !== undefined) return refused;
    const kept = this.#keep(bucket, key, { body: request.body, ...describedBy(request) });
    return { status: 200, headers: { etag: etagOf(kept.body) } };
  }

  #refusedWrite(bucket: string, key: string, { headers, body }: StubRequest): StubAnswer | undefined {
    if (Buffer.byteLength(key) > MAX_KEY_BYTES)
      return failure(400, 'KeyTooLongError', 'Your key is too long');
    if (headers['if-none-match'] === '*' && this.object(bucket, key) !== undefined)
      return failure(412, 'PreconditionFailed');
    const sum = headers['x-amz-checksum-crc32'];
    if (sum !== undefined && sum !== checksumOf(body)) return failure(400, 'BadDigest');
    const tags = [...new URLSearchParams(headers['x-amz-tagging'] ?? '')];
    if (tags.length > MAX_TAGS) return failure(400, 'BadRequest', 'Object tags cannot be greater than 10');
    if (tags.some(([name, value]) => name.length > 128 || value.length > 256 || name.startsWith('aws:')))
      return failure(400, 'InvalidTag', 'The TagKey you have provided is invalid');
    return undefined;
  }

  #begin(bucket: string, key: string, request: StubRequest): StubAnswer {
    const refused = this.#refusedWrite(bucket, key, {
      ...request,
      headers: { ...request.headers, 'x-amz-checksum-crc32': checksumOf(request.body) },
    });
    if (refused !== undefined) return refused;
    const id = randomUUID();
    this.uploads.set(id, { bucket, key, ...describedBy(request), parts: new Map() });
    return xml(
      `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${xmlText(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  #part(query: URLSearchParams, { body }: StubRequest): StubAnswer {
    const upload = this.uploads.get(query.get('uploadId') ?? '');
    if (upload === undefined) return failure(404, 'NoSuchUpload');
    upload.parts.set(Number(query.get('partNumber')), body);
    return { status: 200, headers: { etag: etagOf(body) } };
  }

  #complete(bucket: StubBucket, query: URLSearchParams, { headers }: StubRequest): StubAnswer {
    const id = query.get('uploadId') ?? '';
    const upload = this.uploads.get(id);
    if (upload === undefined) return failure(404, 'NoSuchUpload');
    if (headers['if-none-match'] === '*' && bucket.objects.has(upload.key))
      return failure(412, 'PreconditionFailed');
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, body]) => body);
    const { headers: kept, tags } = upload;
    const object = this.#keep(upload.bucket, upload.key, { body: Buffer.concat(parts), headers: kept, tags });
    this.uploads.delete(id);
    return xml(
      `<CompleteMultipartUploadResult><ETag>${xmlText(etagOf(object.body))}</ETag></CompleteMultipartUploadResult>`,
    );
  }
}

const described = (key: string, { body }: StubObject): string =>
  `<Key>${encodeURIComponent(key)}</Key><Size>${body.length}</Size><LastModified>${MODIFIED.toISOString()}</LastModified><ETag>${xmlText(etagOf(body))}</ETag>`;

const describedBy = ({ headers }: StubRequest): Pick<StubObject, 'headers' | 'tags'> => ({
  headers: new Map(
    Object.entries(headers).filter(([name]) => KEPT_HEADERS.has(name) || name.startsWith('x-amz-meta-')),
  ),
  tags: [...new URLSearchParams(headers['x-amz-tagging'] ?? '')],
});

const placeOf = ({ url }: StubRequest): { bucket: string; key: string; query: URLSearchParams } => {
  const [path = '', query = ''] = url.split('?', 2);
  const [, bucket = '', ...key] = path.split('/');
  return { bucket, key: decodeURIComponent(key.join('/')), query: new URLSearchParams(query) };
};

const operationOf = (method: string, key: string, query: URLSearchParams): string => {
  if (key === '') {
    if (method === 'PUT') return query.has('versioning') ? 'PutBucketVersioning' : 'CreateBucket';
    if (query.has('versioning')) return 'GetBucketVersioning';
    if (query.has('versions')) return 'ListObjectVersions';
    return query.has('list-type') ? 'ListObjectsV2' : `${method} of a bucket`;
  }
  if (method === 'HEAD') return 'HeadObject';
  if (method === 'GET') return query.has('tagging') ? 'GetObjectTagging' : 'GetObject';
  if (method === 'DELETE') return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
  if (method === 'POST') return query.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
  return query.has('partNumber') ? 'UploadPart' : 'PutObject';
};

/** Starts an empty S3 with faults. The caller stops it. */
export const startStubS3 = async (
  fault: FaultRule = noFaults,
): Promise<{ readonly s3: StubS3; readonly stub: Stub }> => {
  const s3 = new StubS3();
  return { s3, stub: await startStub(s3, fault) };
};
