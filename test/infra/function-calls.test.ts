/**
 * Runs every function's handler on an embedded host, with a catalog and a vault that record their calls. The
 * function's role must allow each call, down to the partition and the encryption context.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { type ApiFunctionName, apiHandlers } from '../../lambdas/api-handlers.ts';
import { handler as adminToken } from '../../lambdas/events/admin-token.ts';
import { handler as executionEnded } from '../../lambdas/events/execution-ended.ts';
import { handler as scheduledBackup } from '../../lambdas/events/scheduled-backup.ts';
import { handler as sweep } from '../../lambdas/events/sweep.ts';
import { handler as triggeredBackup } from '../../lambdas/events/triggered-backup.ts';
import { signatureHeaders } from '../../lib/adapters/any/channels/signatures.ts';
import { JsonLogger } from '../../lib/adapters/any/json-logger.ts';
import {
  asFunctionName,
  type FunctionName,
  functionNames,
} from '../../lib/infra/functions/function-table.ts';
import { readDefinition } from '../../lib/infra/functions/state-machines.ts';
import { configSchema } from '../../lib/model/config/config.ts';
import type { OperationKind } from '../../lib/model/records/operation.ts';
import { putPart } from '../../lib/operations/transfer/upload-parts.ts';
import { put } from '../../lib/ports/catalog/catalog.ts';
import type { Host } from '../../lib/ports/host.ts';
import type { ExecutionInput } from '../../lib/ports/workflow-engine.ts';
import { localContext } from '../../lib/runtimes/lambda/invocation.ts';
import { type EmbeddedHost, openEmbeddedHost } from '../../lib/runtimes/server/embedded-host.ts';
import { invokeFunctions } from '../../lib/runtimes/server/workflow/functions.ts';
import { allStates, taskStates } from '../../lib/runtimes/server/workflow/local-definition.ts';
import { temporaryFolders } from '../adapters/local/temporary-folder.ts';
import {
  asFunction,
  type CatalogCall,
  type KeyCall,
  recordingCatalog,
  recordingVault,
} from './function-calls.ts';
import { type Right, rightsOf, templatesOf } from './synthesized.ts';

const { service } = templatesOf();
const newFolder = temporaryFolders();
const password = 'correct horse battery';

let embedded: EmbeddedHost;
let host: Host;
let calls: CatalogCall[];
let keyCalls: KeyCall[];
let token = '';
/** Executions that were requested but do not run; a test runs them step by step. */
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
      schedules: [{ id: 'nightly', cron: '0 3 * * *', verification: 'deep' }],
      triggers: [
        { id: 'deployed', kind: 'event', pattern: { source: ['aws.codepipeline'] }, waitMinutes: 60 },
        { id: 'asked', kind: 'event', pattern: { source: ['shop'] } },
        { id: 'signed', kind: 'webhook', secrets: [{ env: 'TEST_TRIGGER_SECRET' }] },
      ],
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
  await everyFunction();
});
afterAll(() => embedded.close());

const contextOf = (functionName: string) =>
  localContext({
    host,
    functionName: functionName,
    requestId: 'test',
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 900_000),
  });

const trigger = (triggerId: string, eventId: string): Promise<unknown> =>
  asFunction('triggered-backup', () =>
    triggeredBackup({ triggerId, eventId }, contextOf('triggered-backup')),
  );

const sendSigned = async (triggerId: string): Promise<void> => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  process.env.TEST_TRIGGER_SECRET = secret;
  const body = '{}';
  const event = {
    rawPath: `/v1/triggers/${triggerId}`,
    rawQueryString: '',
    headers: signatureHeaders({ id: 'message-1', body, at: new Date() }, [secret]),
    requestContext: { http: { method: 'POST' } },
    body,
  };
  const handler: (event: never, context: never) => Promise<unknown> = apiHandlers['api-backups'].handler;
  const answer = await asFunction('api-backups', () =>
    handler(event as never, contextOf('api-backups') as never),
  );
  expect(answer).toMatchObject({ statusCode: 202 });
};

const bodySchema = z.record(z.string(), z.unknown());
const ask = async (
  functionName: ApiFunctionName,
  method: string,
  path: string,
  body?: object,
): Promise<z.infer<typeof bodySchema>> =>
  bodySchema.parse(JSON.parse(await askText(functionName, method, path, body)));

const askText = async (
  functionName: ApiFunctionName,
  method: string,
  path: string,
  body?: object,
): Promise<string> => {
  const [rawPath, rawQueryString = ''] = path.split('?');
  const event = {
    rawPath,
    rawQueryString,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    requestContext: { http: { method } },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  const handler: (event: never, context: never) => Promise<unknown> = apiHandlers[functionName].handler;
  const answer = await asFunction(functionName, () =>
    handler(event as never, contextOf(functionName) as never),
  );
  const {
    statusCode,
    body: text,
    isBase64Encoded,
  } = z
    .object({
      statusCode: z.number(),
      body: z.string().optional(),
      isBase64Encoded: z.boolean().optional(),
    })
    .parse(answer);
  expect([path, statusCode, statusCode < 300 ? '' : text]).toEqual([path, statusCode, '']);
  return isBase64Encoded ? Buffer.from(text ?? '', 'base64').toString() : (text ?? '{}');
};

const workSchema = z.object({ tasks: z.array(z.unknown()).optional() }).catch({});

/** The values that a state passes to its function in addition to its input. */
const fixedOf = (definition: unknown, name: string): Record<string, unknown> => {
  const state = new Map(allStates(definition)).get(name);
  const { Parameters = {} } = z
    .object({ Parameters: z.record(z.string(), z.unknown()).optional() })
    .parse(state);
  return Object.fromEntries(Object.entries(Parameters).filter(([field]) => !field.endsWith('.$')));
};

/** Runs the steps of the last execution in order, until one fails. */
const runSteps = async ({ from, until }: { from?: string; until?: string } = {}): Promise<void> => {
  const { kind, input } = started.at(-1) ?? expectStarted();
  const invoke = invokeFunctions(() => host);
  let work: unknown[] = [undefined];
  let begun = from === undefined;
  const definition: unknown = JSON.parse(readDefinition(kind));
  for (const [name, { resource, around }] of taskStates(definition)) {
    begun ||= name === from;
    if (name === until) return;
    if (!begun) continue;
    if (name.startsWith('Fail')) continue;
    const functionName = asFunctionName(/^\$\{(\w+)FunctionArn\}$/.exec(resource)?.[1] ?? '');
    const inMap = around.length > 0;
    const fixed = fixedOf(definition, name);
    for (const item of inMap ? work : [undefined]) {
      const call = {
        operationId: input.operationId,
        signal: new AbortController().signal,
        deadline: new Date(Date.now() + 900_000),
      };
      const result = await asFunction(functionName, async () =>
        invoke(
          resource,
          { ...input, ...fixed, ...(inMap && { work: item }) },
          call as Parameters<typeof invoke>[2],
        ),
      );
      const { tasks } = workSchema.parse(result ?? {});
      if (tasks !== undefined) work = tasks;
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
  await asFunction('fail-operation', async () =>
    invoke(
      resourceOf('FailOperation'),
      { ...input, caught: { Error: 'HoldfastError', Cause: 'test' } },
      call as Parameters<typeof invoke>[2],
    ),
  );
};

/** Makes each function do its work, and some of what may go wrong. */
const everyFunction = async (): Promise<void> => {
  const made = await asFunction('admin-token', () => adminToken({}, contextOf('admin-token')));
  token = z.object({ token: z.string() }).parse(made).token;
  const own = await ask('api-access', 'POST', '/v1/backup-token', { confirm: 'create', token });
  expect(own).toMatchObject({ exists: true, usable: false });
  const allowBackupToken = token.split('_')[1];
  await asFunction('admin-token', () => adminToken({ allowBackupToken }, contextOf('admin-token')));

  const backup = await ask('api-backups', 'POST', '/v1/backups', { label: 'one', includeLogs: true });
  await runSteps({ until: 'SealArchive' });
  await ask('api-backups', 'GET', `/v1/backups/${backup.id}`);
  await runSteps({ from: 'SealArchive' });
  await ask('api-backups', 'GET', '/v1/backups');
  await ask('api-backups', 'GET', '/v1/status');
  const contents = await ask('api-archives', 'GET', `/v1/backups/${backup.id}/contents?limit=1000`);
  const [listed] = z
    .array(z.object({ path: z.string(), type: z.string() }))
    .parse(contents.resources)
    .filter(({ type }) => type === 'file');
  const asked = new URLSearchParams({ component: 'files', path: listed?.path ?? '' });
  await askText('api-archives', 'GET', `/v1/backups/${backup.id}/contents/file?${asked}`);
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

  await ask('api-schedules', 'GET', '/v1/schedules');
  await ask('api-schedules', 'GET', '/v1/schedules/nightly');
  await ask('api-schedules', 'POST', '/v1/schedules', { id: 'weekly', cron: '@weekly' });
  await ask('api-schedules', 'PUT', '/v1/schedules/weekly', { cron: 'every 7d', version: 1 });
  await ask('api-schedules', 'POST', '/v1/schedules/weekly/pause');
  await ask('api-schedules', 'POST', '/v1/schedules/weekly/resume');
  await ask('api-backups', 'POST', '/v1/schedules/nightly/run');
  await runSteps();
  await asFunction('scheduled-backup', () =>
    scheduledBackup({ scheduleId: 'nightly' }, contextOf('scheduled-backup')),
  );
  await runSteps();
  await ask('api-backups', 'POST', '/v1/schedules/weekly/run');
  await runSteps();
  await ask('api-schedules', 'DELETE', '/v1/schedules/weekly');
  // Nothing answers at this address, so the ping fails and is tried again.
  const ping = 'https://ping.invalid/token';
  await ask('api-schedules', 'POST', '/v1/schedules', { id: 'pinged', cron: '@weekly', ping });
  await ask('api-backups', 'POST', '/v1/schedules/pinged/run');
  await runSteps();
  const notices = await ask('api-schedules', 'GET', '/v1/notices?limit=1');
  const [notice] = z.array(z.object({ id: z.string() })).parse(notices.resources);
  await ask('api-schedules', 'POST', '/v1/channels/ping:pinged/test');

  const tied = await ask('api-backups', 'POST', '/v1/backups', { tiedToHsm: true });
  await runSteps();
  await ask('api-archives', 'GET', `/v1/backups/${tied.id}/contents`);

  await ask('api-keys', 'POST', '/v1/domains', { name: 'north' });
  await ask('api-keys', 'GET', '/v1/domains');
  await ask('api-keys', 'DELETE', '/v1/domains/north', { deleteKeys: true });

  const other = await ask('api-access', 'POST', '/v1/tokens', { name: 'other', role: 'operator' });
  await ask('api-access', 'GET', '/v1/tokens');
  await ask('api-access', 'GET', `/v1/tokens/${other.id}`);
  await ask('api-access', 'DELETE', `/v1/tokens/${other.id}`);
  await ask('api-access', 'GET', '/v1/audit');
  await ask('api-access', 'GET', '/v1/audit/verify');

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
  await trigger('asked', 'event-1');
  await ask('api-backups', 'POST', `/v1/operations/${started.at(-1)?.input.operationId}/cancel`);
  await asFunction('scheduled-backup', () =>
    scheduledBackup({ scheduleId: 'pinged' }, contextOf('scheduled-backup')),
  );
  // One event is refused, the other waits for the sweep.
  for (const triggerId of ['asked', 'deployed']) await trigger(triggerId, 'event-2');
  await sendSigned('signed');
  const detail = { name: started.at(-1)?.input.operationId, status: 'ABORTED' };
  Object.assign(host.workflow, { status: async () => 'ABORTED' });
  await asFunction('execution-ended', () => executionEnded({ detail }, contextOf('execution-ended')));
  await ask('api-schedules', 'POST', `/v1/notices/${notice?.id}/resend`, { channel: 'ping:pinged' });
  // A run of a schedule that waited for another operation to end.
  const waiting = {
    lastFiredAt: new Date().toISOString(),
    waitingFor: new Date(Date.now() - 1).toISOString(),
  };
  await embedded.catalog.commit([put('schedule', { id: 'nightly', ...waiting })]);
  await asFunction('sweep', () => sweep({}, contextOf('sweep')));
  // The new rows go beyond the sweep's last signature. An export from after the last row contains only the
  // signed end.
  await ask('api-access', 'POST', '/v1/tokens', { name: 'third', role: 'operator' });
  await ask('api-access', 'GET', '/v1/audit/export?from=999999');
};

describe('what each function asks of the catalog', () => {
  test('is what its role allows, and a role allows no star', () => {
    const refused = new Set<string>();
    for (const { functionName, action, partition } of calls)
      if (!allows(functionName, action, partition))
        refused.add(`${functionName} may not ${action} ${partition}`);
    expect([...refused].sort()).toEqual([]);
    const seen = new Set(calls.map(({ functionName }) => functionName));
    expect(functionNames.filter((functionName) => !seen.has(functionName))).toEqual([
      'authorizer',
      'console',
      'configure',
    ]);
  });

  test('lets nobody but admin-token and api-access write a token, and no worker a key', () => {
    const writersOf = (kind: string): FunctionName[] =>
      functionNames.filter((functionName) => allows(functionName, 'dynamodb:UpdateItem', kind));
    expect(writersOf('token')).toEqual(['api-access', 'admin-token']);
    expect(writersOf('verifyKey')).toEqual(['api-keys', 'admin-token']);
    expect(writersOf('key')).toEqual([
      'api-backups',
      'api-archives',
      'api-keys',
      'api-uploads',
      'scheduled-backup',
      'triggered-backup',
      'sweep',
      'admin-token',
    ]);
    for (const action of ['dynamodb:PutItem', 'dynamodb:Scan', 'dynamodb:BatchWriteItem'])
      for (const functionName of functionNames)
        expect([functionName, action, allows(functionName, action, 'backup')]).toEqual([
          functionName,
          action,
          false,
        ]);
    expect(allows('capture', 'dynamodb:GetItem', 'token')).toBe(false);
    expect(allows('capture', 'dynamodb:UpdateItem', 'backup')).toBe(false);
  });
});

describe('what each function asks of the key service', () => {
  /** The names in the context and the purpose of the key; ids differ from call to call. */
  const shapeOf = ({ context = {} }: KeyCall): string =>
    JSON.stringify({ names: Object.keys(context).sort(), purpose: context.purpose });

  test('is what its role allows, down to the encryption context [B4]', () => {
    const refused = new Set<string>();
    for (const call of keyCalls)
      if (!keyRightsOf(call.functionName).some((right) => allowsKeyCall(right, call)))
        refused.add(`${call.functionName} may not ${call.action} ${JSON.stringify(call.context)}`);
    expect([...refused].sort()).toEqual([]);
  });

  test('has every encryption context there is', () => {
    const withContext = keyCalls.filter(({ context }) => context !== undefined);
    expect([...new Set(withContext.map(shapeOf))].sort()).toEqual([
      '{"names":["backupId","purpose"],"purpose":"archive-key"}',
      '{"names":["domain","installation","keyId","scope"]}',
      '{"names":["installation","purpose","schedule"],"purpose":"schedule-ping"}',
      '{"names":["operationId","purpose"],"purpose":"operation-key"}',
    ]);
  });

  test('is all that its role allows, and nothing is wrapped or unwrapped without a condition', () => {
    const unused = functionNames.flatMap((functionName) =>
      keyRightsOf(functionName)
        .filter(
          (right) =>
            !keyCalls.some((call) => call.functionName === functionName && allowsKeyCall(right, call)),
        )
        .map(({ action, condition }) => `${functionName} never needs ${action} ${condition}`),
    );
    expect(unused).toEqual([]);
    const free = functionNames.flatMap(keyRightsOf).filter(({ condition }) => condition === '');
    expect([...new Set(free.map(({ action }) => action))].sort()).toEqual([
      ...['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign'],
    ]);
  });
});

const keyRightsOf = (functionName: string): Right[] =>
  rightsOf(service, functionName).filter(({ action }) => action.startsWith('kms:'));

const contextSchema = z.object({ StringEquals: z.record(z.string(), z.string()) });

/**
 * Evaluates the condition as IAM does: the context must contain all names of the condition, with these
 * values.
 */
const allowsKeyCall = ({ action, resource, condition }: Right, call: KeyCall): boolean => {
  const { context = {} } = call;
  if (action !== call.action || !resource.includes(call.key)) return false;
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

/**
 * Whether a statement on the catalog's table allows the call; statements on source tables name their table.
 */
const allows = (functionName: string, action: string, partition: string): boolean => {
  const rights = known.get(functionName) ?? rightsOf(service, functionName);
  known.set(functionName, rights);
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
