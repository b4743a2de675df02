/** General rules for OpenAPI documents, checked on the documents of both hosts. */
import { describe, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { everyRoute } from '../../lambdas/api-handlers.ts';
import { openApiDocument } from '../../lib/api/openapi/openapi.ts';
import { byteRoutes } from '../../lib/api/routes/bytes.ts';
import { errorTable, isErrorCode } from '../../lib/model/errors.ts';
import { DocumentedApi, type Json } from '../acceptance/documented.ts';

/** The document as a client receives it. */
const asJson = (document: object): Json => JSON.parse(JSON.stringify(document));
const embedded = asJson(openApiDocument([...everyRoute, ...byteRoutes]));
const aws = asJson(openApiDocument(everyRoute, { isGateway: true }));

/** All objects within a value, each with its path. */
const objectsIn = (value: Json, at: readonly string[] = []): [string, Json][] =>
  typeof value !== 'object' || value === null
    ? []
    : [
        [`/${at.join('/')}`, value],
        ...Object.entries(value).flatMap(([key, inner]) => objectsIn(inner, [...at, key])),
      ];

const resolved = (document: Json, reference: string): Json =>
  reference
    .slice(2)
    .split('/')
    .reduce((value, key) => value?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], document);

const operationsOf = (document: Json): [string, Json][] =>
  Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(
      ([method, operation]) => [`${method} ${path}`, operation] as [string, Json],
    ),
  );

const operation = (name: string): Json => Object.fromEntries(operationsOf(embedded))[name];

describe.each([
  ['embedded', embedded],
  ['aws', aws],
])('the OpenAPI document of the %s host [U11]', (_, document) => {
  test('passes a linter, all its recommended rules taken as errors', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const problems = await lintFromString({
      source: JSON.stringify(document),
      absoluteRef: '/openapi.json',
      config,
    });
    expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  });

  test('every reference leads somewhere', () => {
    const references = objectsIn(document).filter(([, { $ref }]) => typeof $ref === 'string');
    expect(references.length).toBeGreaterThan(500);
    const dangling = references.filter(([, { $ref }]) => resolved(document, $ref) === undefined);
    expect(dangling.map(([at, { $ref }]) => `${at}: ${$ref}`)).toEqual([]);
  });

  test('every object with fields is a named schema: none stands in a body, an answer or another schema', () => {
    const nameless = objectsIn(document)
      .filter(([at]) => !/^\/components\/schemas\/\w+$/.test(at))
      .filter(([, { type, properties }]) => type === 'object' && properties !== undefined);
    expect(nameless.map(([at]) => at)).toEqual([]);
  });

  test('patterns are ones that every language reads: no looking around, no classes of Unicode', () => {
    const patterns = objectsIn(document).flatMap(([, { pattern }]) =>
      typeof pattern === 'string' ? [pattern] : [],
    );
    expect(patterns.length).toBeGreaterThan(10);
    for (const pattern of patterns) {
      expect(pattern).not.toMatch(/\(\?(?!:)|\\[pPuk]/);
      expect(() => new RegExp(pattern, 'u')).not.toThrow();
    }
  });

  test('every operation but health, probes, open metrics, signed messages and signing in wants the token, and says what it answers without', () => {
    const open = operationsOf(document).filter(([, { security }]) => security.length === 0);
    expect(open.map(([name]) => name).sort()).toEqual([
      'get /livez',
      'get /metrics',
      'get /readyz',
      'get /v1/health',
      'get /v1/issuers',
      'post /v1/invitations',
      'post /v1/issuer-session',
      'post /v1/issuer-sign-in',
      'post /v1/sign-in',
      'post /v1/sign-in/remember',
      'post /v1/triggers/{id}',
    ]);
    for (const [name, { security, responses }] of operationsOf(document)) {
      if (security.length === 0) continue;
      expect([name, Object.keys(responses['401'].headers)]).toEqual([name, ['WWW-Authenticate']]);
    }
  });

  test('every problem stands under the status that its code has', () => {
    for (const [name, { responses }] of operationsOf(document))
      for (const [status, { content = {} }] of Object.entries<Json>(responses))
        for (const code of Object.keys(content['application/problem+json']?.examples ?? {})) {
          if (!isErrorCode(code)) throw new Error(`${name}: ${code} is no code`);
          expect([name, code, errorTable[code].status]).toEqual([name, code, Number(status)]);
        }
  });

  test('an answer that may be asked again later says so by Retry-After', () => {
    for (const [name, { responses }] of operationsOf(document))
      for (const status of ['429', '503'])
        if (responses[status]?.content['application/problem+json'] !== undefined)
          expect([name, status, responses[status].headers]).toEqual([
            name,
            status,
            { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } },
          ]);
  });
});

describe('what the OpenAPI document says of single operations [U11]', () => {
  const parameters = (name: string): Record<string, Json> =>
    Object.fromEntries(operation(name).parameters.map((one: Json) => [one.name, one]));

  test('a body is required exactly where an empty one would be refused', () => {
    const required = operationsOf(embedded)
      .filter(([, { requestBody }]) => requestBody?.required === true)
      .map(([, { operationId }]) => operationId);
    expect(required.sort()).toEqual([
      'acceptInvitation',
      'approve',
      'beginSignIn',
      'completeSignIn',
      'createDomain',
      'createSchedule',
      'createToken',
      'createUpload',
      'createUser',
      'downloadKey',
      'holdBackup',
      'importVerifyKey',
      'makeBackupToken',
      'previewSchedule',
      'putPart',
      'replaceSchedule',
      'replaceUser',
      'setUserPassword',
      'signIn',
      'uploadKey',
    ]);
    expect(operation('post /v1/backups').requestBody).toMatchObject({ required: false });
  });

  test('a start: Idempotency-Key in, Location out, and the operation that runs in the way [B16]', () => {
    for (const name of ['post /v1/backups', 'post /v1/backups/{id}/restores']) {
      expect(parameters(name)['Idempotency-Key']).toMatchObject({ in: 'header', required: false });
      expect(operation(name).responses['202'].headers).toHaveProperty('Location');
      const conflict = operation(name).responses['409'];
      expect(conflict.headers).toHaveProperty('Retry-After');
      expect(conflict.content['application/problem+json'].examples).toHaveProperty('operation_running');
    }
  });

  test('contents: the passphrase in its header, and limits of the page', () => {
    const of = parameters('get /v1/backups/{id}/contents');
    expect(of['Holdfast-Passphrase']).toMatchObject({ in: 'header' });
    expect(of.limit.schema).toEqual({ type: 'integer', minimum: 0, maximum: 1000, default: 10 });
    expect(of.skip.schema).toMatchObject({ type: 'integer', minimum: 0, default: 0 });
  });

  test('the archive: ranges, what is sent of them, and a range that is not there [T4]', () => {
    expect(Object.keys(parameters('get /v1/backups/{id}/file'))).toEqual([
      'id',
      'Holdfast-Backup-Token',
      'Range',
      'If-Range',
    ]);
    const { responses } = operation('get /v1/backups/{id}/file');
    expect(Object.keys(responses['206'].headers).sort()).toEqual([
      'Accept-Ranges',
      'Content-Disposition',
      'Content-Range',
      'ETag',
    ]);
    expect(responses['416'].headers).toHaveProperty('Content-Range');
  });
});

describe('an answer that the document does not say is found', () => {
  const documented = new DocumentedApi(embedded);
  const problem = (code: string, status: number) =>
    JSON.stringify({ type: 'urn:x', title: 'x', status, detail: 'x', code });
  const answer = (status: number, text: string, headers: Record<string, string>) =>
    documented.fault('GET', '/v1/backups', { status, text, headers: new Headers(headers) });
  const asProblem = { 'content-type': 'application/problem+json' };
  const asJsonType = { 'content-type': 'application/json' };

  test.each([
    ['a status', answer(418, '', {}), 'status 418'],
    ['a code', answer(404, problem('not_found', 404), asProblem), 'status 404'],
    ['a code of a status', answer(400, problem('conflict', 400), asProblem), 'code conflict'],
    ['a header', answer(400, problem('invalid_request', 400), { ...asProblem, 'x-odd': '1' }), 'x-odd'],
    ['a type', answer(200, 'x', { 'content-type': 'text/plain' }), 'text/plain'],
    ['a missing field', answer(200, '{"skip":0,"limit":1,"total":0}', asJsonType), 'resources'],
    [
      'a further field',
      answer(200, '{"skip":0,"limit":1,"total":0,"resources":[],"a":1}', asJsonType),
      'must NOT',
    ],
    ['no path', documented.fault('GET', '/v1/x', { status: 200, text: '', headers: new Headers() }), '200'],
  ])('%s', (_, fault, told) => {
    expect(fault).toContain(told);
  });

  test('one that it says is not', () => {
    expect(answer(200, '{"skip":0,"limit":1,"total":0,"resources":[]}', asJsonType)).toBeUndefined();
    expect(answer(400, problem('invalid_request', 400), asProblem)).toBeUndefined();
  });
});
