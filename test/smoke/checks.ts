/** Tests one of everything that emulators cannot show. Each check leaves the installation idle. */
import { randomBytes } from 'node:crypto';
import { ListExportsCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { HeadObjectCommand, ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { Api } from '../acceptance/api.ts';
import type { Simulated, Smoke, SmokeCheck } from './smoke.ts';

/** Large enough for several segments, which S3 joins as parts of one upload. */
const LARGE = { key: 'large.bin', bytes: 80 * 1024 * 1024 } as const;

const expectState = (record: { id?: string; state?: string; shortError?: string }, state: string): void => {
  if (record.state !== state)
    throw new Error(`${record.id} is ${record.state}, and was to be ${state}: ${record.shortError ?? ''}`);
};

const backUp = async ({ api, seconds }: Smoke, request: Record<string, unknown>) => {
  const { status, body } = await api.post('/v1/backups', request);
  if (status !== 202) throw new Error(`POST /v1/backups answers ${status}: ${JSON.stringify(body)}`);
  return api.ended(`/v1/backups/${body.id}`, seconds);
};

const lastOf = async ({ api }: Smoke, label: string) => {
  const { body } = await api.get(`/v1/backups?label=${label}&limit=1`);
  if (body.resources[0] === undefined) throw new Error(`there is no backup of the label ${label}`);
  return body.resources[0];
};

/** @throws Error when IAM answers differently */
const expectRight = async (
  smoke: Smoke,
  right: Simulated,
  wrong: Readonly<Record<string, string>>,
): Promise<string> => {
  const found = [await smoke.simulate(right), await smoke.simulate({ ...right, context: wrong })];
  if (found.join() !== 'allowed,denied')
    throw new Error(
      `${right.functionName}, ${right.action}: with ${JSON.stringify(right.context)} ${found[0]}, with ${JSON.stringify(wrong)} ${found[1]}`,
    );
  return `${right.action} of ${right.functionName}: allowed, and denied with another ${Object.keys(wrong).join()}`;
};

const begunBy = async (smoke: Smoke, label: string, cause: () => Promise<unknown>): Promise<string> => {
  await cause();
  const listed = await smoke.api.until(`/v1/backups?label=${label}`, ({ total }) => total > 0, smoke.seconds);
  const ended = await smoke.api.ended(`/v1/backups/${listed.resources[0].id}`, smoke.seconds);
  expectState(ended, 'SUCCESS');
  return `${ended.id}, by ${ended.createdBy}`;
};

/** Fetches a file of the page. @throws Error when the answer does not have this type */
const fileOf = async (url: string, type: string): Promise<string> => {
  const answer = await fetch(url);
  const text = await answer.text();
  const found = answer.headers.get('content-type') ?? 'no type';
  if (answer.status !== 200 || !found.startsWith(type))
    throw new Error(`${url} answers ${answer.status}, ${found}, and was to answer 200, ${type}`);
  return text;
};

export const smokeChecks: readonly SmokeCheck[] = [
  {
    id: 'concurrency',
    shows: 'how many functions the account runs at once: a new one has 10, and backups wait for them',
    calls: ['lambda:GetAccountSettings'],
    onEmulator: false,
    run: async ({ aws }) => {
      const { AccountLimit } = await aws.lambda.send(new GetAccountSettingsCommand({}));
      return `${AccountLimit?.ConcurrentExecutions} at once`;
    },
  },
  {
    id: 'wrong-token',
    shows: 'the authorizer behind the real gateway',
    calls: ['GET /v1/backups with a token that is none'],
    onEmulator: true,
    run: async ({ api }) => {
      const answer = await fetch(`${new Api(api.url, '').url}/v1/backups`, {
        headers: { authorization: 'Bearer hf_nobody' },
      });
      if (answer.status !== 403) throw new Error(`a wrong token is answered with ${answer.status}`);
      return '403';
    },
  },
  {
    id: 'page',
    shows: 'that API Gateway gives /console/ to the route of the page, and its files as they are',
    calls: ['GET /console/', 'GET of the script and the style that the page names'],
    onEmulator: true,
    run: async ({ pageUrl }) => {
      const start = await fileOf(`${pageUrl}/console/`, 'text/html');
      const names = [...start.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, name]) =>
        String(name),
      );
      if (names.length !== 2)
        throw new Error(`the page names ${names.join() || 'neither a script nor a style'}`);
      for (const name of names)
        await fileOf(
          new URL(name, `${pageUrl}/console/`).href,
          name.endsWith('.css') ? 'text/css' : 'text/javascript',
        );
      return `/console/ and ${names.join(', ')}`;
    },
  },
  {
    id: 'backup',
    shows:
      'checksums of a multipart join by UploadPartCopy, Ed25519 signatures of KMS, customer-managed keys of sources, distributed Maps',
    calls: [`s3:PutObject of ${LARGE.bytes} bytes`, 'POST /v1/backups'],
    onEmulator: true,
    run: async (smoke) => {
      await smoke.aws.s3.send(
        new PutObjectCommand({ Bucket: smoke.sourceBucket, Key: LARGE.key, Body: randomBytes(LARGE.bytes) }),
      );
      const made = await backUp(smoke, { label: 'smoke', includeLogs: true });
      expectState(made, 'SUCCESS');
      return `${made.entries} entries, ${made.archiveBytes} bytes`;
    },
  },
  {
    id: 'export',
    shows: 'an export of a table at one second, under a customer-managed key, asked for once',
    calls: ['dynamodb:ListExports'],
    onEmulator: false,
    run: async ({ aws, sourceTable }) => {
      const { ExportSummaries = [] } = await aws.dynamodb.send(new ListExportsCommand({}));
      const own = ExportSummaries.filter(({ ExportArn = '' }) =>
        ExportArn.includes(`/${sourceTable}/export/`),
      );
      if (own.length !== 1 || own[0]?.ExportStatus !== 'COMPLETED')
        throw new Error(`the table has ${own.length} exports: ${own.map((one) => one.ExportStatus).join()}`);
      return String(own[0].ExportArn);
    },
  },
  {
    id: 'download',
    shows: 'a presigned URL of a function’s role, straight from S3',
    calls: ['POST /v1/backups/ID/download', 'GET of the URL'],
    onEmulator: true,
    run: async (smoke) => {
      const { id, archiveBytes } = await lastOf(smoke, 'smoke');
      const { body } = await smoke.api.post(`/v1/backups/${id}/download`);
      const bytes = Buffer.from(await (await fetch(body.url)).arrayBuffer());
      if (bytes.length !== archiveBytes) throw new Error(`${bytes.length} bytes came of ${archiveBytes}`);
      return `${bytes.length} bytes`;
    },
  },
  {
    id: 'restore',
    shows:
      'restores into a bucket and a new table under customer-managed keys, and every KMS context at work',
    calls: ['POST /v1/backups/ID/restores', 's3:HeadObject', 'dynamodb:Scan'],
    onEmulator: true,
    run: async (smoke) => {
      const { id } = await lastOf(smoke, 'smoke');
      const targets = { uploads: smoke.targetBucket, orders: smoke.targetTable };
      const request = { targets, existing: 'overwrite' };
      const { body } = await smoke.api.post(`/v1/backups/${id}/restores`, request);
      expectState(await smoke.api.ended(`/v1/restores/${body.id}`, smoke.seconds), 'SUCCESS');
      const { ContentLength } = await smoke.aws.s3.send(
        new HeadObjectCommand({ Bucket: smoke.targetBucket, Key: LARGE.key }),
      );
      if (ContentLength !== LARGE.bytes)
        throw new Error(`${LARGE.key} came back with ${ContentLength} bytes`);
      const { Count } = await smoke.aws.dynamodb.send(new ScanCommand({ TableName: smoke.targetTable }));
      if (Count === 0) throw new Error(`the table ${smoke.targetTable} is empty`);
      return `${ContentLength} bytes and ${Count} items`;
    },
  },
  {
    id: 'time-out',
    shows: 'a function that runs out of time is ended by Lambda, called again, and goes on at its checkpoint',
    calls: ['lambda:UpdateFunctionConfiguration', 'POST /v1/backups'],
    onEmulator: true,
    run: async (smoke) => {
      const made = await smoke.withLimit(8, 'capture', () => backUp(smoke, { label: 'smoke-time' }));
      expectState(made, 'SUCCESS');
      return `${made.id} with 8 s for each call`;
    },
  },
  {
    id: 'cancel',
    shows: 'that multipart uploads may be ended where pieces lie, and the lock comes free',
    calls: ['POST /v1/backups', 'POST /v1/operations/ID/cancel', 's3:ListMultipartUploads'],
    onEmulator: true,
    run: async (smoke) => {
      const { api, aws, archiveBucket: Bucket } = smoke;
      const { body } = await api.post('/v1/backups', { label: 'smoke-cancel' });
      await api.post(`/v1/operations/${body.id}/cancel`);
      expectState(await api.ended(`/v1/backups/${body.id}`, smoke.seconds), 'CANCELLED');
      await api.until('/v1/status', ({ state }) => state === 'IDLE', smoke.seconds);
      const { Uploads = [] } = await aws.s3.send(new ListMultipartUploadsCommand({ Bucket }));
      if (Uploads.length > 0) throw new Error(`${Uploads.length} multipart uploads are left`);
      return 'idle, and no upload is left';
    },
  },
  {
    id: 'event',
    shows: 'a rule of EventBridge, its input transformer, and a trigger',
    calls: ['events:PutEvents'],
    onEmulator: false,
    run: (smoke) =>
      begunBy(smoke, 'smoke-event', () =>
        smoke.aws.events.send(
          new PutEventsCommand({ Entries: [{ Source: 'smoke.test', DetailType: 'asked', Detail: '{}' }] }),
        ),
      ),
  },
  {
    id: 'topic',
    shows: 'a subscription of a function to an SNS topic, and a trigger',
    calls: ['sns:Publish'],
    onEmulator: false,
    run: (smoke) =>
      begunBy(smoke, 'smoke-topic', () =>
        smoke.aws.sns.send(new PublishCommand({ TopicArn: smoke.topicArn, Message: 'a backup, please' })),
      ),
  },
  {
    id: 'timer',
    shows: 'a timer of EventBridge Scheduler that the API sets at run time, with iam:PassRole',
    calls: ['POST /v1/schedules', 'DELETE /v1/schedules/smoke-timer'],
    onEmulator: false,
    run: async (smoke) => {
      const due = new Date(Date.now() + 120_000);
      const cron = `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
      const found = await begunBy({ ...smoke, seconds: smoke.seconds + 180 }, 'smoke-timer', () =>
        smoke.api.post('/v1/schedules', {
          ...{ id: 'smoke-timer', cron, label: 'smoke-timer', components: ['orders'] },
        }),
      );
      await smoke.api.delete('/v1/schedules/smoke-timer');
      return found;
    },
  },
  {
    id: 'mail',
    shows: 'mail by SES, with its identities and conditions',
    calls: ['POST /v1/channels/email:ADDRESS/test'],
    onEmulator: false,
    run: async ({ api, mail }) => {
      if (mail === undefined) return 'not asked for: name an address that is verified in SES by --mail';
      const { status, body } = await api.post(`/v1/channels/${encodeURIComponent(`email:${mail}`)}/test`);
      if (status >= 300)
        throw new Error(`the test of the channel is answered with ${status}: ${JSON.stringify(body)}`);
      return JSON.stringify(body);
    },
  },
  {
    id: 'condition-kms',
    shows: 'the conditions on kms:EncryptionContext, which are taken away for the emulator',
    calls: ['iam:SimulatePrincipalPolicy, twice'],
    onEmulator: false,
    run: (smoke) =>
      expectRight(
        smoke,
        {
          functionName: 'restore-component',
          action: 'kms:Decrypt',
          resource: smoke.wrapKeyArn,
          context: { 'kms:EncryptionContext:purpose': 'operation-key' },
        },
        { 'kms:EncryptionContext:purpose': 'archive-key' },
      ),
  },
  {
    id: 'condition-events',
    shows: 'the condition on events:source, which is taken away for the emulator',
    calls: ['iam:SimulatePrincipalPolicy, twice'],
    onEmulator: false,
    run: (smoke) =>
      expectRight(
        smoke,
        {
          functionName: 'notify',
          action: 'events:PutEvents',
          resource: smoke.topicArn.replace(/:sns:([^:]+):(\d+):.*$/, ':events:$1:$2:event-bus/default'),
          context: { 'events:source': 'holdfast' },
        },
        { 'events:source': 'somebody.else' },
      ),
  },
];
