/**
 * Fuzzes a real server with requests made from its OpenAPI document, and checks that the document describes
 * each answer.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DocumentedApi, Json } from '../acceptance/documented.ts';
import { Installation } from '../cases/installation.ts';
import { type FuzzedRequest, type Known, RequestFuzzer } from './fuzzed-requests.ts';

const seed = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** The duration of the fuzzing; `HOLDFAST_FUZZ_SECONDS` changes it. */
const SECONDS = Number(process.env.HOLDFAST_FUZZ_SECONDS ?? 12);
console.log(`document fuzz: HOLDFAST_SEED=${seed} HOLDFAST_FUZZ_SECONDS=${SECONDS}`);

let here: Installation;
let documented: DocumentedApi;
let fuzzer: RequestFuzzer;
const UNKNOWN = 'backup-0d0525dd-948a-41b4-9f25-c6b4cd6d9fe4';
/** Ids from the server's answers, by the word after `/v1/` in the paths where they appear. */
const ids = new Map<string, string[]>();
const wordOf = (path: string): string => path.split(/[/?]/)[2] ?? '';
const remember = (path: string, some: readonly string[]): void => {
  const known = ids.get(wordOf(path)) ?? [];
  ids.set(wordOf(path), [...new Set([...known, ...some])].slice(-20));
};
const forget = (path: string): void => {
  const [, , word = '', id] = path.split('/');
  ids.set(
    word,
    (ids.get(word) ?? []).filter((one) => one !== id),
  );
};
/** An id that fits the path; for a path below `/v1/operations`, any known id. */
const drawnFor = (path: string, n: number): string => {
  const some = wordOf(path) === 'operations' ? [...ids.values()].flat() : (ids.get(wordOf(path)) ?? []);
  return some[n % some.length] ?? UNKNOWN;
};

/** Leaves out the fuzzer's own token: after revoking it, the fuzzer could send nothing more. */
const idsOf = (body: Json): string[] =>
  [body?.id, ...(body?.resources ?? []).map(({ id }: Json) => id)].filter(
    (id) => /-[0-9a-f]{12}$|^[0-9a-f]{64}$/.test(id) && !here.api.token.includes(id),
  );

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
  await writeFile(here.path('source', 'a.txt'), 'content of a');
  const { id } = await here.api.backup();
  remember('/v1/backups', [id]);
  remember('/v1/restores', [(await here.api.restore(id, { targets: { files: here.path('first') } })).id]);
  remember('/v1/keys', idsOf((await here.api.get('/v1/keys')).body));
  const found = await here.api.documented();
  if (found === undefined) throw new Error('the server gives no OpenAPI document');
  documented = found;
  const oneFor = (path: string) => fc.nat().map((n) => drawnFor(path, n));
  const odd = fc.constantFrom('x', '%', '.x', 'a'.repeat(300), UNKNOWN);
  const paths = Object.keys(found.document.paths).filter((path) => path.includes('{id}'));
  const target = fc.nat({ max: 5 }).map((n) => join(here.folder, `target-${n}`));
  const known: Known = {
    Id: oneFor('/v1/keys'),
    ...Object.fromEntries(
      paths.map((path) => [`${path} id`, fc.oneof({ weight: 7, arbitrary: oneFor(path) }, odd)]),
    ),
    'path number': fc.constantFrom(1, 2, 99_999),
    'header Range': fc.constantFrom(
      'bytes=0-',
      'bytes=5-',
      'bytes=99999999-',
      'bytes=-5',
      'bytes=1-2,4-',
      'x',
    ),
    ComponentId: fc.constantFrom('files', 'files', 'nothing'),
    // The target never names another folder of this machine.
    'CreateRestore.targets': fc.dictionary(fc.constantFrom('files', 'nothing'), target, { maxKeys: 1 }),
    // The pattern also accepts a key whose signatures anybody can forge, so these are real keys of
    // installations.
    VerifyKeyText: fc.constant('11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='),
    'CreateUpload.bytes': fc.constantFrom(1, 64, 10_000_000, 2 ** 45),
    // Cron lines and time zones have rules that no pattern expresses.
    ...Object.fromEntries(
      ['CreateSchedule', 'ReplaceSchedule', 'PreviewSchedule'].flatMap((schema) => [
        [`${schema}.cron`, fc.constantFrom('0 3 * * *', '@daily', 'every 6h', '30 2 * * 1')],
        [`${schema}.timeZone`, fc.constantFrom('UTC', 'Europe/Berlin')],
        [`${schema}.ping`, fc.constantFrom('https://ping.invalid/token', null)],
      ]),
    ),
    // A policy needs at least one rule, and durations are not zero.
    RetentionPolicy: fc
      .record(
        {
          keepLast: fc.integer({ min: 1, max: 10_000 }),
          keepDaily: fc.integer({ min: 1, max: 10_000 }),
          keepWithin: fc.constantFrom('36h', '1y6m'),
          timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
          countPartial: fc.boolean(),
        },
        { requiredKeys: [] },
      )
      .map((policy) =>
        'keepDaily' in policy || 'keepWithin' in policy ? policy : { keepLast: 3, ...policy },
      ),
    // A rule that no pattern expresses refuses passwords that are easy to guess.
    ...Object.fromEntries(
      ['SetPassword', 'AcceptInvitation'].map((schema) => [
        `${schema}.password`,
        fc.constantFrom('befit-brakeman-footstep', 'kayak umbrella 7 moss'),
      ]),
    ),
    'VerifyBackup.subset': fc.constantFrom('1/1', '1/5', '3/3', '999/9999'),
  };
  fuzzer = new RequestFuzzer(documented, known);
});
afterAll(() => here.close());

/** Sends the request without the client's own checks, because this test checks the answers itself. */
const send = async (request: FuzzedRequest, token: string | null) => {
  const { method, path, body, headers } = request;
  const response = await fetch(`${here.api.url}${path}`, {
    method,
    headers: { ...headers, ...(token !== null && { authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
};
type Answered = Awaited<ReturnType<typeof send>>;

/** An upload may be larger than the disk; that is not the server's fault. */
const isOwnFault = ({ status, body }: Answered): boolean => status >= 500 && body?.code !== 'storage_full';

const wrongFields = ({ body }: Answered): string[] =>
  body?.code === 'invalid_request'
    ? (body.errors ?? []).flatMap(({ path, message }: Json) => (path === '' ? [] : [`${path}: ${message}`]))
    : [];

type Way = 'valid' | 'invalid' | 'garbage' | 'stranger';

/** What is wrong with an answer to this kind of request. */
const faultOf = (way: Way, { method, path }: FuzzedRequest, answered: Answered): string | undefined => {
  if (isOwnFault(answered)) return `the server failed: ${answered.text}`;
  const undocumented = documented.fault(method, path, answered);
  if (undocumented !== undefined) return undocumented;
  const { status, body } = answered;
  if (way === 'stranger') return status === 401 ? undefined : `without a token: ${status}`;
  if (way === 'invalid' && (status !== 400 || body.code !== 'invalid_request' || !(body.errors?.length > 0)))
    // A malformed id gets 404, whatever else the request contains.
    return status === 404 ? undefined : `not valid, and answered by ${status} ${answered.text.slice(0, 300)}`;
  // A part may be longer than its whole upload; the document cannot express this rule.
  const isTooLong = status === 413 && !path.includes('/parts/');
  if (way === 'valid' && (isTooLong || status === 415)) return `valid, and answered by ${status}`;
  if (way === 'valid' && wrongFields(answered).length > 0)
    return `valid, and refused: ${wrongFields(answered).join('; ')}`;
  if (way === 'garbage' && method !== 'GET' && status < 300 && body?.code !== undefined)
    return 'a problem with 2xx';
  return undefined;
};

test('no request that the document allows, or does not, is answered by what it does not say, or by 5xx [U11] [U12]', async () => {
  const ways = fuzzer.operations.flatMap(({ method, path, operation }) => {
    const valid = fuzzer.valid(method, path, operation);
    const invalid = fuzzer.invalid(method, path, operation);
    const all: [Way, fc.Arbitrary<FuzzedRequest> | undefined][] = [
      ['valid', valid],
      ['invalid', invalid],
      ['garbage', fuzzer.garbage(method, path, operation)],
      ['stranger', operation.security.length === 0 ? undefined : valid],
    ];
    return all.flatMap(([way, requests]) => (requests === undefined ? [] : [{ way, requests }]));
  });
  const faults: string[] = [];
  const seen = new Map<string, number>();
  const until = Date.now() + SECONDS * 1000;
  let sent = 0;
  // Tries every operation in every way at least once, however slow the machine is.
  for (let round = 0; round === 0 || Date.now() < until; round += 1)
    for (const [index, { way, requests }] of ways.entries()) {
      if (round > 0 && Date.now() > until) break;
      // All these requests are refused in the same way, so one round in eight is enough.
      if (way === 'stranger' && round % 8 !== 0) continue;
      const [request] = fc.sample(requests, { seed: seed + round * 1000 + index, numRuns: 1 });
      if (request === undefined) continue;
      const answered = await send(request, way === 'stranger' ? null : here.api.token);
      sent += 1;
      seen.set(`${way} ${answered.status}`, (seen.get(`${way} ${answered.status}`) ?? 0) + 1);
      if (request.method === 'DELETE' && answered.status === 204) forget(request.path);
      else if (answered.status < 300)
        remember(answered.headers.get('location') ?? request.path, idsOf(answered.body));
      const fault = faultOf(way, request, answered);
      if (fault !== undefined)
        faults.push(
          `${way} ${request.method} ${request.path} ${String(request.body).slice(0, 300)}: ${fault}`,
        );
    }
  console.log(`document fuzz: ${sent} requests: ${JSON.stringify(Object.fromEntries([...seen].sort()))}`);
  expect([...new Set(faults)].slice(0, 20)).toEqual([]);
  // An operation may fail because of its request; a failed HTTP request is the server's fault.
  const told = here.log
    .split('\n')
    .filter((line) => /"level":"error","message":"([A-Z]+ \/|a request could not)/.test(line))
    .filter((line) => !/there is not enough space/.test(line));
  expect(told).toEqual([]);
}, 180_000);
