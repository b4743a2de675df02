/** A fuzzer that reads the OpenAPI document asks a real server; the document says what it may answer. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DocumentedApi, Json } from '../acceptance/documented.ts';
import { Installation } from '../cases/installation.ts';
import { type FuzzedRequest, type Known, RequestFuzzer } from './fuzzed-requests.ts';

const seed = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** As long as it may take; `HOLDFAST_FUZZ_SECONDS` gives it longer. */
const SECONDS = Number(process.env.HOLDFAST_FUZZ_SECONDS ?? 12);
console.log(`document fuzz: HOLDFAST_SEED=${seed} HOLDFAST_FUZZ_SECONDS=${SECONDS}`);

let here: Installation;
let documented: DocumentedApi;
let fuzzer: RequestFuzzer;
const UNKNOWN = 'backup-0d0525dd-948a-41b4-9f25-c6b4cd6d9fe4';
/** Ids that the server has told of, by the first word of the paths that they stand in. */
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
/** One of them; of the operation that runs, anyone. */
const drawnFor = (path: string, n: number): string => {
  const some = wordOf(path) === 'operations' ? [...ids.values()].flat() : (ids.get(wordOf(path)) ?? []);
  return some[n % some.length] ?? UNKNOWN;
};

/** The own token is none of them: whoever revokes that has nothing more to ask. */
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
    // Never another folder of this machine.
    'CreateRestore.targets': fc.dictionary(fc.constantFrom('files', 'nothing'), target, { maxKeys: 1 }),
    // A key whose signatures anybody can make fits the pattern; these are ones of installations.
    VerifyKeyText: fc.constant('11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='),
    'CreateUpload.bytes': fc.constantFrom(1, 64, 10_000_000, 2 ** 45),
    // Lines and zones have rules that no pattern says.
    ...Object.fromEntries(
      ['CreateSchedule', 'ReplaceSchedule', 'PreviewSchedule'].flatMap((schema) => [
        [`${schema}.cron`, fc.constantFrom('0 3 * * *', '@daily', 'every 6h', '30 2 * * 1')],
        [`${schema}.timeZone`, fc.constantFrom('UTC', 'Europe/Berlin')],
        [`${schema}.ping`, fc.constantFrom('https://ping.invalid/token', null)],
      ]),
    ),
    // A policy has one rule at least, and lengths of time are not zero.
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
    // What is too easy to guess is refused by a rule that no pattern says.
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

/** Sent as it is: the judgement is the test's own. */
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

/** An upload may be larger than the disk: that is no fault of the server. */
const isOwnFault = ({ status, body }: Answered): boolean => status >= 500 && body?.code !== 'storage_full';

const wrongFields = ({ body }: Answered): string[] =>
  body?.code === 'invalid_request'
    ? (body.errors ?? []).flatMap(({ path, message }: Json) => (path === '' ? [] : [`${path}: ${message}`]))
    : [];

type Way = 'valid' | 'invalid' | 'garbage' | 'stranger';

/** What is wrong with an answer, by what was asked. */
const faultOf = (way: Way, { method, path }: FuzzedRequest, answered: Answered): string | undefined => {
  if (isOwnFault(answered)) return `the server failed: ${answered.text}`;
  const undocumented = documented.fault(method, path, answered);
  if (undocumented !== undefined) return undocumented;
  const { status, body } = answered;
  if (way === 'stranger') return status === 401 ? undefined : `without a token: ${status}`;
  if (way === 'invalid' && (status !== 400 || body.code !== 'invalid_request' || !(body.errors?.length > 0)))
    // An id that is none is unknown, whatever else is sent with it.
    return status === 404 ? undefined : `not valid, and answered by ${status} ${answered.text.slice(0, 300)}`;
  // A part may be longer than its whole upload, of which the document knows nothing.
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
  // Every operation in every way once at least, however slow the machine is.
  for (let round = 0; round === 0 || Date.now() < until; round += 1)
    for (const [index, { way, requests }] of ways.entries()) {
      if (round > 0 && Date.now() > until) break;
      // All of them are refused alike: once in a while is enough.
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
  // An operation may fail, as what was asked for may; a request that fails is the server's fault.
  const told = here.log
    .split('\n')
    .filter((line) => /"level":"error","message":"([A-Z]+ \/|a request could not)/.test(line))
    .filter((line) => !/there is not enough space/.test(line));
  expect(told).toEqual([]);
}, 180_000);
