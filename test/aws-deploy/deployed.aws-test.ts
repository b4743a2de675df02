/** A deployed installation, asked over HTTP, with every right enforced. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ListStateMachinesCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, Api } from '../acceptance/api.ts';
import { eventually } from '../contract/eventually.ts';
import { Installation } from '../embedded/installation.ts';
import { awsClients, mailsOf } from './aws-clients.ts';
import {
  type DeployedInstallation,
  deployInstallation,
  sourceBucket,
  sourceTable,
} from './deployed-installation.ts';

let deployed: DeployedInstallation;
let api: Api;
let aws: ReturnType<typeof awsClients>;

const objects = new Map([
  ['docs/letter.txt', 'Dear all,'],
  ['docs/ümläut and space.txt', 'grüße'],
  ['empty', ''],
]);

beforeAll(async () => {
  deployed = await deployInstallation();
  api = new Api(deployed.url, deployed.token);
  aws = awsClients(deployed.endpoint);
  for (const [Key, Body] of objects)
    await aws.s3.send(
      new PutObjectCommand({
        Bucket: sourceBucket,
        Key,
        Body: Buffer.from(Body),
        ContentType: 'text/plain; charset=utf-8',
        Metadata: { owner: 'tests' },
        Tagging: 'kind=test',
      }),
    );
  for (let index = 0; index < 30; index++)
    await aws.dynamodb.send(
      new PutItemCommand({
        TableName: sourceTable,
        Item: {
          id: { S: `order-${index}` },
          total: { N: '12345678901234567890.123456789' },
          blob: { B: Buffer.of(0, index, 255) },
        },
      }),
    );
}, 300_000);

afterAll(async () => {
  await deployed?.stop();
});

const machineArn = async (kind: string): Promise<string> => {
  const { stateMachines = [] } = await aws.sfn.send(new ListStateMachinesCommand({}));
  const found = stateMachines.find(({ name }) => name === `holdfast-trial-${kind}`);
  return found?.stateMachineArn ?? '';
};

const executionOf = async (kind: string, operationId: string) =>
  aws.sfn.send(
    new DescribeExecutionCommand({
      executionArn: `${(await machineArn(kind)).replace(':stateMachine:', ':execution:')}:${operationId}`,
    }),
  );

const idle = () => api.until('/v1/status', ({ state }) => state === 'IDLE', 30);

describe('the gateway', () => {
  test('health answers anyone', async () => {
    const { status, body } = await api.get('/v1/health', { token: null });
    expect({ status, body }).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  test('without a token, or with a wrong one, nothing else does [U12]', async () => {
    expect((await api.get('/v1/backups', { token: null })).status).toBe(401);
    // API Gateway itself answers for its authorizer, and says 403 where the embedded host says 401.
    expect((await api.get('/v1/backups', { token: 'hft_wrong' })).status).toBe(403);
  });

  test('what is at no route gets a problem document [U11]', async () => {
    expect((await api.get('/v1/nothing')).body).toMatchObject({ status: 404, code: 'not_found' });
    expect((await api.delete('/v1/status')).body).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });
});

describe('a backup', () => {
  let backup: Answer['body'];
  let mailsBefore = 0;

  test('starts once of ten requests at one instant; nine are told which one runs [K1] [K2] [U2]', async () => {
    mailsBefore = (await mailsOf(deployed.endpoint)).length;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.post('/v1/backups', { label: 'first', includeLogs: true })),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 409);
    expect([accepted.length, refused.length]).toEqual([1, 9]);
    backup = accepted[0]?.body;
    for (const { body } of refused)
      expect(body).toMatchObject({ code: 'operation_running', operation: { id: backup.id } });
  });

  test('runs through the state machine to SUCCESS, read back and verified [K1] [K3] [K4] [B3]', async () => {
    backup = await api.ended(`/v1/backups/${backup.id}`, 120);
    expect(backup).toMatchObject({
      state: 'SUCCESS',
      shortError: '',
      components: { uploads: { state: 'SUCCESS' }, orders: { state: 'SUCCESS' } },
    });
    expect(backup.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(backup.verifiedAt).not.toBeNull();
    await eventually('the execution succeeds', async () =>
      (await executionOf('backup', backup.id)).status === 'SUCCEEDED' ? true : undefined,
    );
  });

  test('is listed, shown, and its contents told [D3] [U9]', async () => {
    expect((await api.get('/v1/backups?label=first')).body).toMatchObject({
      total: 1,
      resources: [{ id: backup.id }],
    });
    const { body } = await api.get(`/v1/backups/${backup.id}/contents?component=uploads&limit=100`);
    expect(body.resources.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining([expect.stringContaining('letter.txt')]),
    );
    expect((await api.get(`/v1/backups/${backup.id}/log`)).text).toContain('archive sealed');
  });

  test('leaves the archive and nothing else in the bucket [B1]', async () => {
    const [, , bucket = ''] = backup.backupPath.split('/');
    const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    const keys = Contents.map(({ Key }) => Key).sort();
    expect(keys).toEqual([`archives/${backup.fileName}`, `archives/${backup.logFileName}`]);
  });

  test('is downloaded from S3 itself, by a URL that needs no token [C11]', async () => {
    const { body } = await api.post(`/v1/backups/${backup.id}/download`);
    const file = Buffer.from(await (await fetch(body.url)).arrayBuffer());
    expect(file.length).toBe(backup.archiveBytes);
    expect(file.subarray(0, 13).toString()).toBe('holdfast.json');
  });

  test('is told by mail [K5]', async () => {
    const mail = await eventually('the mail is there', async () =>
      (await mailsOf(deployed.endpoint)).slice(mailsBefore).find((text) => text.includes(backup.id)),
    );
    expect(mail).toContain('ops@example.com');
  });

  test('is verified on request, every segment decrypted', async () => {
    await idle();
    const { status, body } = await api.post(`/v1/backups/${backup.id}/verify`, { deep: true });
    expect(status).toBe(202);
    expect(await api.ended(`/v1/verifications/${body.id}`, 120)).toMatchObject({ state: 'SUCCESS' });
  });

  test('restores into another bucket and a new table [K6] [T6]', async () => {
    await idle();
    const targets = { uploads: `${sourceBucket}-copy`, orders: `${sourceTable}-copy` };
    const restore = await api.restore(backup.id, { targets });
    expect(restore).toMatchObject({
      state: 'SUCCESS',
      componentStatus: { uploads: 'SUCCESS', orders: 'SUCCESS' },
    });
    for (const [Key, text] of objects) {
      const copy = await aws.s3.send(new GetObjectCommand({ Bucket: `${sourceBucket}-copy`, Key }));
      expect(await copy.Body?.transformToString()).toBe(text);
      expect(copy).toMatchObject({
        ContentType: 'text/plain; charset=utf-8',
        Metadata: { owner: 'tests' },
        TagCount: 1,
      });
    }
    const items = await aws.dynamodb.send(new ScanCommand({ TableName: `${sourceTable}-copy` }));
    expect(items.Count).toBe(30);
    const { Item } = await aws.dynamodb.send(
      new GetItemCommand({ TableName: `${sourceTable}-copy`, Key: { id: { S: 'order-7' } } }),
    );
    expect(Item).toMatchObject({ total: { N: '12345678901234567890.123456789' } });
    expect(Buffer.from(Item?.blob?.B ?? [])).toEqual(Buffer.of(0, 7, 255));
  });

  test('a restore to where no right leads is refused, and says so [B4]', async () => {
    await idle();
    const { status, body } = await api.post(`/v1/backups/${backup.id}/restores`, {
      components: ['orders'],
      targets: { orders: 'somebody-elses-table' },
    });
    const ended = status === 202 ? await api.ended(`/v1/restores/${body.id}`) : body;
    expect(JSON.stringify(ended)).toMatch(/grant|may not|not authorized|right/);
    expect(ended.state ?? 'FAILED').toBe('FAILED');
  });

  test('is deleted, with its archive and log [D5]', async () => {
    await idle();
    expect((await api.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
    expect((await api.get(`/v1/backups/${backup.id}`)).status).toBe(404);
    const [, , bucket = ''] = backup.backupPath.split('/');
    const { KeyCount } = await aws.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(KeyCount).toBe(0);
  });
});

describe('what does not go its way', () => {
  test('a backup is cancelled, and leaves nothing [B9]', async () => {
    await idle();
    const { body } = await api.post('/v1/backups', {});
    expect((await api.post(`/v1/operations/${body.id}/cancel`)).status).toBe(202);
    expect(await api.ended(`/v1/backups/${body.id}`)).toMatchObject({ state: 'CANCELLED', archiveBytes: 0 });
    expect((await executionOf('backup', body.id)).status).toBe('ABORTED');
    await idle();
  });

  test('an execution that somebody stops frees the lock by its status-change event [B1]', async () => {
    await idle();
    const { body } = await api.post('/v1/backups', {});
    const { executionArn } = await executionOf('backup', body.id);
    await aws.sfn.send(new StopExecutionCommand({ executionArn }));
    expect(await api.ended(`/v1/backups/${body.id}`)).toMatchObject({
      state: 'FAILED',
      shortError: expect.stringContaining('interrupted'),
    });
    await idle();
  });
});

describe('schedules [K7]', () => {
  const fire = async (at: string) =>
    aws.lambda.send(
      new InvokeCommand({
        FunctionName: await deployed.functionNamed('scheduled-backup'),
        Payload: JSON.stringify({ scheduleId: 'nightly', at }),
      }),
    );

  test('one time starts one backup, however often it is told', async () => {
    await idle();
    const at = new Date().toISOString();
    await Promise.all([fire(at), fire(at)]);
    const listed = await api.until('/v1/backups?label=nightly', ({ total }) => total > 0);
    expect(listed.total).toBe(1);
    expect(await api.ended(`/v1/backups/${listed.resources[0].id}`, 120)).toMatchObject({
      state: 'SUCCESS',
      scheduleId: 'nightly',
    });
  });

  test('one that finds the lock held is recorded as failed, and names the other [U2]', async () => {
    await idle();
    const { body } = await api.post('/v1/backups', { label: 'holder' });
    await fire(new Date().toISOString());
    const { body: listed } = await api.get('/v1/backups?label=nightly');
    expect(listed.resources[0]).toMatchObject({
      state: 'FAILED',
      shortError: `another backup is running: ${body.id}`,
    });
    await api.ended(`/v1/backups/${body.id}`, 120);
  });

  test('EventBridge Scheduler fires one', async () => {
    await idle();
    await deployed.enableSchedules();
    const listed = await api.until('/v1/backups?label=often', ({ total }) => total > 0, 100);
    expect(listed.resources[0]).toMatchObject({ scheduleId: 'often', createdBy: 'schedule often' });
  }, 180_000);
});

/** Each part goes straight to S3, by the URL of its ticket. */
const sendToStore = async (upload: Answer['body'], bytes: Buffer): Promise<void> => {
  for (const number of upload.missing) {
    const start = (number - 1) * upload.partBytes;
    const { body: ticket } = await api.post(`/v1/uploads/${upload.id}/parts/${number}`);
    const response = await fetch(ticket.url, {
      method: 'PUT',
      body: bytes.subarray(start, start + upload.partBytes),
    });
    if (!response.ok) throw new Error(`part ${number}: ${response.status} ${await response.text()}`);
  }
};

describe('between the hosts [T6]', () => {
  test('an archive made on the embedded host is brought in, verified and restored here', async () => {
    const embedded = await Installation.start({
      config: (folder) => ({
        components: [{ id: 'files', kind: 'directory', path: join(folder, 'source') }],
      }),
    });
    await writeFile(embedded.path('source', 'hello.txt'), 'hello');
    const target = await mkdtemp(join(tmpdir(), 'holdfast-travel-'));
    try {
      const passphrase = 'correct horse battery staple';
      const made = await embedded.api.backup({ passphrase });
      expect(made.state).toBe('SUCCESS');
      const { body: where } = await embedded.api.post(`/v1/backups/${made.id}/download`);
      const response = await fetch(`${embedded.api.url}${where.url}`, {
        headers: { authorization: `Bearer ${embedded.api.token}` },
      });
      const archive = Buffer.from(await response.arrayBuffer());
      await idle();
      const created = await api.post('/v1/uploads', { bytes: archive.length });
      expect(created.status).toBe(201);
      await sendToStore(created.body, archive);
      const { body: begun } = await api.post(`/v1/uploads/${created.body.id}/complete`);
      const imported = await api.ended(`/v1/imports/${begun.id}`, 120);
      expect(imported).toMatchObject({ state: 'SUCCESS', backupId: made.id });
      const restored = await api.restore(made.id, { passphrase, trust: true, targets: { files: target } });
      expect(restored).toMatchObject({ state: 'SUCCESS' });
      expect(await readFile(join(target, 'hello.txt'), 'utf8')).toBe('hello');
    } finally {
      await embedded.close();
      await rm(target, { recursive: true, force: true });
    }
  }, 180_000);
});
