/**
 * Hostile texts from archives, sources and requests that are sent to AWS services. The SDK's own clients send
 * them to a local listener, which records the requests.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Metrics } from '../../../../lib/adapters/aws/metrics.ts';
import { EventBridgeNotifier } from '../../../../lib/adapters/aws/notifiers/eventbridge-notifier.ts';
import { SesNotifier } from '../../../../lib/adapters/aws/notifiers/ses-notifier.ts';
import { SnsNotifier } from '../../../../lib/adapters/aws/notifiers/sns-notifier.ts';
import { S3BucketStore } from '../../../../lib/adapters/aws/sources/buckets/s3-bucket-store.ts';
import { S3ObjectStore } from '../../../../lib/adapters/aws/store/s3-object-store.ts';
import { sampleEvent } from '../../../contract/sample-records.ts';
import { clientConfig } from '../../../emulators/credentials.ts';

interface Sent {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const sent: Sent[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    sent.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(200, { etag: '"x"' });
    response.end('{}');
  });
});
let endpoint = '';
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
beforeEach(() => {
  sent.length = 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const EVIL = 'x\r\nBcc: all@example.com\u001b[2J\u202e&Subject=mine","a":"b';
const event = sampleEvent({ type: 'backup.failed', state: 'FAILED', shortError: EVIL });

describe('an outcome whose error is hostile [B8] [K5]', () => {
  test('has an SNS subject of printable ASCII, and no field of its own', async () => {
    const client = new SNSClient(clientConfig(endpoint));
    await new SnsNotifier({ client, topicArn: 'arn:aws:sns:eu-central-1:123456789012:t' })
      .deliver(event)
      // The listener does not answer as SNS does; the test checks only what was sent.
      .catch(() => undefined);
    client.destroy();
    const fields = new URLSearchParams(sent[0]?.body);
    expect(fields.getAll('Subject')).toHaveLength(1);
    expect(fields.get('Subject')).toMatch(/^[ -~]{1,99}$/);
    expect(fields.get('Message')).not.toMatch(/^Bcc/m);
  });

  test('has no header or recipient of its own in a mail by SES', async () => {
    const client = new SESv2Client(clientConfig(endpoint));
    const to = ['ops@example.com'];
    await new SesNotifier({ client, from: 'holdfast@example.com', to }).deliver(event);
    client.destroy();
    const mail = JSON.parse(sent[0]?.body ?? '');
    expect(mail.Destination).toEqual({ ToAddresses: to });
    expect(mail.Content.Simple.Subject.Data).not.toMatch(/\p{Cc}|\u202e/u);
    expect(mail.Content.Simple.Headers.map(({ Name }: { Name: string }) => Name)).toEqual([
      'Auto-Submitted',
      'X-Holdfast-Event',
    ]);
  });

  test('is a text in the detail of an event of EventBridge', async () => {
    const client = new EventBridgeClient(clientConfig(endpoint));
    await new EventBridgeNotifier({ client, bus: 'default' }).deliver(event);
    client.destroy();
    const [entry] = JSON.parse(sent[0]?.body ?? '').Entries;
    expect([entry.Source, entry.DetailType]).toEqual(['holdfast', 'backup.failed']);
    const detail = JSON.parse(entry.Detail);
    expect(detail.shortError).toBe(EVIL);
    expect(detail).not.toHaveProperty('a');
  });

  test('is a text in a line of metrics', () => {
    const lines: string[] = [];
    const metrics = new Metrics({ namespace: 'Holdfast/a', write: (line) => lines.push(line) });
    metrics.emit({ Component: EVIL }, { Bytes: { value: 1, unit: 'Bytes' } }, { _aws: EVIL, state: EVIL });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ Component: EVIL, state: EVIL, Bytes: 1 });
  });
});

describe('an object of an archive [B8]', () => {
  const client = (): S3Client => new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  const put = async (key: string, attributes: object): Promise<void> => {
    const s3 = client();
    const bytes = Buffer.from('x');
    await new S3BucketStore({ client: s3 })
      .put(
        'bucket',
        key,
        {
          bytes: 1,
          attributes: { metadata: {}, tags: {}, ...attributes },
          content: (async function* () {
            yield bytes;
          })(),
        },
        { overwrite: true, signal: new AbortController().signal },
      )
      // A refusal is acceptable; a header or a key that the text created is not.
      .catch(() => undefined);
    s3.destroy();
  };
  const LINES = 'x\r\nx-amz-acl: public-read\r\nx-evil: 1';

  test.each([
    { metadata: { note: LINES } },
    { metadata: { 'note: x\r\nx-amz-acl': 'public-read' } },
    { contentType: LINES },
    { contentDisposition: LINES },
    { cacheControl: LINES },
    { contentLanguage: LINES },
    { contentEncoding: LINES },
    { tags: { [LINES]: LINES, 'a&b=c': 'd&e=f' } },
  ])('makes no header of its own: %j', async (attributes) => {
    await put('key', attributes);
    for (const { headers } of sent) {
      expect(headers).not.toHaveProperty('x-evil');
      expect(headers).not.toHaveProperty('x-amz-acl');
      const tags = new URLSearchParams(String(headers['x-amz-tagging'] ?? ''));
      if (tags.size > 0) expect([...tags]).toEqual(Object.entries(attributes.tags ?? {}));
    }
  });

  test.each(['../../other/key', 'a?acl', 'a#b', 'a b+c%2Fd', "it's", 'ü\u202e', 'x?versionId=1&y'])(
    'lands under the very key %j of the bucket',
    async (key) => {
      await put(key, {});
      const [path = '', query = ''] = sent[0]?.url.split('?') ?? [];
      expect(decodeURIComponent(path)).toBe(`/bucket/${key}`);
      expect([...new URLSearchParams(query).keys()].filter((name) => name !== 'x-id')).toEqual([]);
    },
  );
});

test('an archive’s name is no more than a file name in the headers of its download [B8]', async () => {
  const client = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  const store = new S3ObjectStore({ client, bucket: 'bucket', backupPaths: [] });
  const fileName = 'a";filename="evil.html;response-content-type=text.tar';
  const url = new URL(await store.downloadUrl(store.locate(fileName), { fileName, expiresInSeconds: 60 }));
  client.destroy();
  expect(url.searchParams.getAll('response-content-disposition')).toEqual([
    `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
  ]);
  expect(url.searchParams.getAll('response-content-type')).toEqual(['application/x-tar']);
  expect(decodeURIComponent(url.pathname)).toBe(`/bucket/archives/${fileName}`);
});
