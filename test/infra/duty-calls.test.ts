/**
 * Every duty's handler is run, on an embedded host, with a catalog and a vault that note what they are asked; and each
 * such call must be one that the function's role allows, down to the partition and the encryption context.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { handler as adminToken } from '../../lambdas/admin-token.ts';
import { handler as apiArchives } from '../../lambdas/api-archives.ts';
import { handler as apiBackups } from '../../lambdas/api-backups.ts';
import { handler as apiKeys } from '../../lambdas/api-keys.ts';
import { handler as apiUploads } from '../../lambdas/api-uploads.ts';
import { handler as executionEnded } from '../../lambdas/execution-ended.ts';
import { handler as scheduledBackup } from '../../lambdas/scheduled-backup.ts';
import { handler as sweep } from '../../lambdas/sweep.ts';
import { type EmbeddedHost, openEmbeddedHost } from '../../lib/hosts/embedded/embedded-host.ts';
import { invokeFunctions } from '../../lib/hosts/embedded/workflow/functions.ts';
import { taskStates } from '../../lib/hosts/embedded/workflow/local-definition.ts';
import { localContext } from '../../lib/hosts/invocation.ts';
import { JsonLogger } from '../../lib/hosts/json-logger.ts';
import { asDutyName, type DutyName, dutyNames } from '../../lib/infra/duties.ts';
import { readDefinition } from '../../lib/infra/state-machines.ts';
import { configSchema } from '../../lib/model/config.ts';
import type { OperationKind } from '../../lib/model/records/operation.ts';
import { putPart } from '../../lib/operations/travel/upload-parts.ts';
import type { Host } from '../../lib/ports/host.ts';
import type { ExecutionInput } from '../../lib/ports/workflow-engine.ts';
import { temporaryFolders } from '../hosts/embedded/temporary-folder.ts';
import { asDuty, type CatalogCall, type KeyCall, recordingCatalog, recordingVault } from './duty-calls.ts';
import { type Right, rightsOf, templatesOf } from './synthesized.ts';

const { service } = templatesOf();
const newFolder = temporaryFolders();
const password = 'correct horse battery';
const apis = {
  'api-backups': apiBackups,
  'api-archives': apiArchives,
  'api-keys': apiKeys,
  'api-uploads': apiUploads,
} as const;

let embedded: EmbeddedHost;
let host: Host;
let calls: CatalogCall[];
let keyCalls: KeyCall[];
let token = '';
/** Executions that were started and not run: a test does that, step by step. */
const started: { kind: OperationKind; input: ExecutionInput }[] = [];

beforeAll(async () => {
  const folder = await newFolder();
  await mkdir(join(folder, 'files'));
  await writeFile(join(folder, 'files', 'a.txt'), 'some content');
  embedded = await openEmbeddedHost({
    data: join(folder, 'data'),
    config: configSchema.parse({
      installation: 'trial',
      components: [{ id: 'files', kind: 'directory', path: join(folder, 'files') }],
      schedules: [{ id: 'nightly', cron: '0 3 * * *' }],
    }),
    log: new JsonLogger({ pretty: false, write: () => undefined }),
  });
  const catalog = recordingCatalog(embedded.catalog);
  const vault = recordingVault(embedded.vault);
  [calls, keyCalls] = [catalog.calls, vault.calls];
  const workflow = {
    start: async (kind: OperationKind, input: ExecutionInput) => void started.push({ kind, input }),
    status: async () => 'RUNNING',
    stop: async () => undefined,
  };
  host = Object.create(embedded, {
    catalog: { value: catalog.catalog },
    vault: { value: vault.vault },
    workflow: { value: workflow },
  });
  await everyDuty();
});
afterAll(() => embedded.close());

const contextOf = (duty: string) =>
  localContext({
    host,
    functionName: duty,
    requestId: 'test',
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 900_000),
  });

const bodySchema = z.record(z.string(), z.unknown());
const ask = async (
  duty: keyof typeof apis,
  method: string,
  path: string,
  body?: object,
): Promise<z.infer<typeof bodySchema>> => {
  const event = {
    rawPath: path,
    rawQueryString: '',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    requestContext: { http: { method } },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  const handler: (event: never, context: never) => Promise<unknown> = apis[duty];
  const answer = await asDuty(duty, () => handler(event as never, contextOf(duty) as never));
  const { statusCode, body: text } = z
    .object({ statusCode: z.number(), body: z.string().optional() })
    .parse(answer);
  expect([path, statusCode, statusCode < 300 ? '' : text]).toEqual([path, statusCode, '']);
  return bodySchema.parse(JSON.parse(text ?? '{}'));
};

const workSchema = z.object({ tasks: z.array(z.unknown()).default([]) }).catch({ tasks: [] });

/** The steps of the execution that was started last, in their order, as far as the first that fails. */
const runSteps = async ({ from, until }: { from?: string; until?: string } = {}): Promise<void> => {
  const { kind, input } = started.at(-1) ?? expectStarted();
  const invoke = invokeFunctions(() => host);
  let work: unknown[] = [undefined];
  let begun = from === undefined;
  for (const [name, { resource }] of taskStates(JSON.parse(readDefinition(kind)))) {
    begun ||= name === from;
    if (name === until) return;
    if (!begun) continue;
    if (name.startsWith('Fail')) continue;
    const duty = asDutyName(/^\$\{(\w+)FunctionArn\}$/.exec(resource)?.[1] ?? '');
    const inMap = duty === 'capture' || duty === 'restore-component';
    for (const item of inMap ? work : [undefined]) {
      const call = {
        operationId: input.operationId,
        signal: new AbortController().signal,
        deadline: new Date(Date.now() + 900_000),
      };
      const result = await asDuty(duty, async () =>
        invoke(resource, { ...input, ...(inMap && { work: item }) }, call as Parameters<typeof invoke>[2]),
      );
      const { tasks } = workSchema.parse(result ?? {});
      if (tasks.length > 0) work = tasks;
    }
  }
};
const expectStarted = (): never => {
  throw new Error('nothing was started');
};

const resourceOf = (name: string): string => `\${${name}FunctionArn}`;
const failLast = async (): Promise<void> => {
  const { input } = started.at(-1) ?? expectStarted();
  const call = {
    operationId: input.operationId,
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 900_000),
  };
  const invoke = invokeFunctions(() => host);
  await asDuty('fail-operation', async () =>
    invoke(
      resourceOf('FailOperation'),
      { ...input, caught: { Error: 'HoldfastError', Cause: 'test' } },
      call as Parameters<typeof invoke>[2],
    ),
  );
};

/** Has each duty do what it is there for, and some of what may go wrong. */
const everyDuty = async (): Promise<void> => {
  const made = await asDuty('admin-token', () => adminToken({}, contextOf('admin-token')));
  token = made.token;

  const backup = await ask('api-backups', 'POST', '/v1/backups', { label: 'one', includeLogs: true });
  await runSteps({ until: 'SealArchive' });
  await ask('api-backups', 'GET', `/v1/backups/${backup.id}`);
  await runSteps({ from: 'SealArchive' });
  await ask('api-backups', 'GET', '/v1/backups');
  await ask('api-backups', 'GET', '/v1/status');
  await ask('api-archives', 'GET', `/v1/backups/${backup.id}/contents`);
  const targets = { files: join(await newFolder(), 'restored') };
  await ask('api-archives', 'POST', `/v1/backups/${backup.id}/restores`, { targets });
  await runSteps();
  await ask('api-archives', 'POST', `/v1/backups/${backup.id}/verify`, { deep: true });
  await runSteps();

  const key = await ask('api-keys', 'POST', '/v1/keys', {});
  await ask('api-keys', 'GET', '/v1/keys');
  await ask('api-archives', 'POST', `/v1/backups/${backup.id}/reseal`, { keyId: key.id });
  await runSteps();
  await ask('api-keys', 'POST', `/v1/keys/${key.id}/default`);
  const spare = await ask('api-keys', 'POST', '/v1/keys', {});
  const { file } = await ask('api-keys', 'POST', `/v1/keys/${spare.id}/download`, { password });
  await ask('api-keys', 'DELETE', `/v1/keys/${spare.id}`, {});
  await ask('api-keys', 'POST', '/v1/keys/upload', { file, password });

  const tied = await ask('api-backups', 'POST', '/v1/backups', { tiedToHsm: true });
  await runSteps();
  await ask('api-archives', 'GET', `/v1/backups/${tied.id}/contents`);

  const stored = z.object({ fileName: z.string() }).parse(backup);
  const at = host.objects.locate(stored.fileName);
  const bytes = (await host.objects.stat(at))?.bytes ?? 0;
  const archive = await host.objects.read(at, 0, bytes);
  await ask('api-backups', 'DELETE', `/v1/backups/${backup.id}`);
  const upload = await ask('api-uploads', 'POST', '/v1/uploads', { bytes });
  await putPart(embedded, String(upload.id), 1, [archive]);
  await ask('api-uploads', 'POST', `/v1/uploads/${upload.id}/complete`);
  await runSteps();

  await ask('api-backups', 'POST', '/v1/backups', { label: 'two' });
  await runSteps({ until: 'SealArchive' });
  await failLast();
  const last = await ask('api-backups', 'POST', '/v1/backups', { passphrase: password });
  await ask('api-backups', 'POST', `/v1/operations/${last.id}/cancel`);
  await asDuty('scheduled-backup', () =>
    scheduledBackup({ scheduleId: 'nightly' }, contextOf('scheduled-backup')),
  );
  const detail = { name: started.at(-1)?.input.operationId, status: 'ABORTED' };
  Object.assign(host.workflow, { status: async () => 'ABORTED' });
  await asDuty('execution-ended', () => executionEnded({ detail }, contextOf('execution-ended')));
  await asDuty('sweep', () => sweep({}, contextOf('sweep')));
};

describe('what each duty asks of the catalog', () => {
  test('is what its role allows, and a role allows no star', () => {
    const refused = new Set<string>();
    for (const { duty, action, partition } of calls)
      if (!allows(duty, action, partition)) refused.add(`${duty} may not ${action} ${partition}`);
    expect([...refused].sort()).toEqual([]);
    const seen = new Set(calls.map(({ duty }) => duty));
    expect(dutyNames.filter((duty) => !seen.has(duty))).toEqual(['authorizer']);
  });

  test('lets nobody but admin-token write a token, and no worker a key', () => {
    const writersOf = (kind: string): DutyName[] =>
      dutyNames.filter((duty) => allows(duty, 'dynamodb:UpdateItem', kind));
    expect(writersOf('token')).toEqual(['admin-token']);
    expect(writersOf('verifyKey')).toEqual(['api-keys', 'admin-token']);
    expect(writersOf('key')).toEqual([
      'api-backups',
      'api-archives',
      'api-keys',
      'api-uploads',
      'scheduled-backup',
      'admin-token',
    ]);
    for (const action of ['dynamodb:PutItem', 'dynamodb:Scan', 'dynamodb:BatchWriteItem'])
      for (const duty of dutyNames)
        expect([duty, action, allows(duty, action, 'backup')]).toEqual([duty, action, false]);
    expect(allows('capture', 'dynamodb:GetItem', 'token')).toBe(false);
    expect(allows('capture', 'dynamodb:UpdateItem', 'backup')).toBe(false);
  });
});

describe('what each duty asks of the key service', () => {
  /** Names, and the value that says what the key is for: ids differ from call to call. */
  const shapeOf = ({ context = {} }: KeyCall): string =>
    JSON.stringify({ names: Object.keys(context).sort(), purpose: context.purpose });

  test('is what its role allows, down to the encryption context [B4]', () => {
    const refused = new Set<string>();
    for (const call of keyCalls)
      if (!keyRightsOf(call.duty).some((right) => allowsKeyCall(right, call)))
        refused.add(`${call.duty} may not ${call.action} ${JSON.stringify(call.context)}`);
    expect([...refused].sort()).toEqual([]);
  });

  test('has every encryption context there is', () => {
    const withContext = keyCalls.filter(({ context }) => context !== undefined);
    expect([...new Set(withContext.map(shapeOf))].sort()).toEqual([
      '{"names":["backupId","purpose"],"purpose":"archive-key"}',
      '{"names":["domain","installation","keyId","scope"]}',
      '{"names":["operationId","purpose"],"purpose":"operation-key"}',
    ]);
  });

  test('is all that its role allows, and nothing is wrapped or unwrapped without a condition', () => {
    const unused = dutyNames.flatMap((duty) =>
      keyRightsOf(duty)
        .filter((right) => !keyCalls.some((call) => call.duty === duty && allowsKeyCall(right, call)))
        .map(({ action, condition }) => `${duty} never needs ${action} ${condition}`),
    );
    expect(unused).toEqual([]);
    const free = dutyNames.flatMap(keyRightsOf).filter(({ condition }) => condition === '');
    expect([...new Set(free.map(({ action }) => action))].sort()).toEqual(['kms:GetPublicKey', 'kms:Sign']);
  });
});

const keyRightsOf = (duty: string): Right[] =>
  rightsOf(service, duty).filter(({ action }) => action.startsWith('kms:'));

const contextSchema = z.object({ StringEquals: z.record(z.string(), z.string()) });

/** As IAM evaluates it: all the names of a condition have to be in the context, with these values. */
const allowsKeyCall = ({ action, resource, condition }: Right, call: KeyCall): boolean => {
  const { context = {} } = call;
  if (action !== call.action || !resource.includes(call.context === undefined ? 'SignKey' : 'WrapKey'))
    return false;
  if (condition === '') return true;
  const { StringEquals } = contextSchema.parse(JSON.parse(condition));
  return Object.entries(StringEquals).every(
    ([name, value]) => context[name.replace(/^kms:EncryptionContext:/, '')] === value,
  );
};

const conditionSchema = z.object({
  'ForAllValues:StringLike': z.object({ 'dynamodb:LeadingKeys': z.array(z.string()) }),
});
const known = new Map<string, ReturnType<typeof rightsOf>>();

/** Whether a statement on the catalog's table allows it: those on sources name their table. */
const allows = (duty: string, action: string, partition: string): boolean => {
  const rights = known.get(duty) ?? rightsOf(service, duty);
  known.set(duty, rights);
  return rights
    .filter((right) => right.action === action && right.resource.includes('Catalog'))
    .some(({ condition }) => {
      if (condition === '') return true;
      const { 'ForAllValues:StringLike': like } = conditionSchema.parse(JSON.parse(condition));
      return like['dynamodb:LeadingKeys'].some((pattern) =>
        pattern.endsWith('*') ? partition.startsWith(pattern.slice(0, -1)) : pattern === partition,
      );
    });
};
