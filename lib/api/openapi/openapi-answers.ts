/** What the OpenAPI document says of answers: successes, problems, and their headers. */
import * as z from 'zod';
import { type ErrorCode, errorTable } from '../../model/errors.ts';
import { errorCodeSchema, operationSchema } from '../../model/records/operation.ts';
import { PROBLEM_TYPE } from '../problem.ts';
import { problemSentences } from '../problem-codes.ts';
import type { DescribedRoute } from '../route.ts';
import { problemsOf } from '../route-problems.ts';
import { type JsonObject, named, schemaReference } from './schema-names.ts';

/** Every field that any problem has, beside those of RFC 9457. docs/api.md says which code has which. */
const problemSchema = named(
  'Problem',
  z.looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int().min(400).max(599),
    detail: z.string().describe('What happened, to what, and what to do next.'),
    code: errorCodeSchema,
    errors: z.array(named('FieldError', z.object({ path: z.string(), message: z.string() }))).optional(),
    operation: named('RunningOperation', operationSchema.partial({ backupId: true })).optional(),
    allow: z.array(z.string()).optional(),
    retryAfterSeconds: z.number().int().min(0).max(86_400).optional(),
    hoursLeft: z.number().int().optional(),
    usableFrom: z.string().optional(),
    nextAt: z.string().optional(),
    backupId: z.string().optional(),
    inPlaceOf: z
      .array(named('LiveSource', z.object({ component: z.string(), target: z.string() })))
      .optional(),
    missing: z.array(z.number().int()).optional(),
    backups: z.array(z.string()).optional(),
    total: z.number().int().optional(),
    digest: z.string().optional(),
    installation: z.string().optional(),
    verifyKey: z.string().optional(),
    manifestSha256: z.string().optional(),
  }),
);

/** The answers of API Gateway itself on AWS, before any function of Holdfast is called. */
const gatewayRefusalSchema = named('GatewayRefusal', z.looseObject({ message: z.string() }));
const gatewayStatuses = new Map([
  [403, 'If the request has no valid token or session, the gateway itself sends this answer.'],
  [413, 'If the request has more than 6 MB, the gateway itself sends this answer.'],
  [429, 'If too many requests come in a second, the gateway itself sends this answer.'],
  [500, 'If the gateway or a function failed, the gateway itself sends this answer.'],
  [503, 'If a function did not answer in time, the gateway itself sends this answer.'],
]);

const text = (description: string, example: string): JsonObject => ({
  description,
  schema: { type: 'string' },
  example,
});

const answerHeaders = {
  Location: text(
    'The path of the record that was created, or of the operation that was started.',
    '/v1/backups/backup-0d0525dd-948a-41b4-9f25-c6b4cd6d9fe4',
  ),
  RetryAfter: {
    description: 'The number of seconds after which the same request may succeed.',
    schema: { type: 'integer', minimum: 0 },
    example: 10,
  },
  WwwAuthenticate: text('The authentication scheme that is required.', 'Bearer realm="holdfast"'),
  SetCookie: text(
    'The cookie of the session: only for a browser, which sends it back by itself.',
    'holdfast-0123456789ab=session-0d0525dd; Max-Age=43200; HttpOnly; SameSite=Strict',
  ),
  ContentRange: text('Which bytes these are, and of how many.', 'bytes 1000-1999/2000'),
  ContentDisposition: text(
    'The name of the file, encoded as in RFC 8187.',
    "attachment; filename*=UTF-8''a.tar",
  ),
  ContentSecurityPolicy: text(
    'No script in the file runs, wherever the file is shown.',
    "default-src 'none'; sandbox",
  ),
  AcceptRanges: text('The resource supports Range requests.', 'bytes'),
  ETag: text('The SHA-256 of the file, to be sent in If-Range.', '"9f86d081884c7d65"'),
  EntityTag: text('The version of this answer, to be sent in If-None-Match.', '"kV8gO2Qm1uJr0cW3n5yXbA"'),
  PreferenceApplied: text('The server honored the wait that the request preferred.', 'wait=25'),
} as const;

const header = (name: keyof typeof answerHeaders): JsonObject => ({ $ref: `#/components/headers/${name}` });

const disposition = { 'Content-Disposition': header('ContentDisposition') };
const rangeHeaders = { ETag: header('ETag'), 'Accept-Ranges': header('AcceptRanges'), ...disposition };
const taggedHeaders = { ETag: header('EntityTag'), 'Preference-Applied': header('PreferenceApplied') };
const plainHeaders = { 'Content-Security-Policy': header('ContentSecurityPolicy'), ...disposition };

const successOf = ({ answers, summary }: DescribedRoute): JsonObject => {
  if (answers.text !== undefined)
    return { description: 'The lines.', content: { [answers.text]: { schema: { type: 'string' } } } };
  if (answers.bytes !== undefined)
    return {
      description: 'The whole file.',
      headers: answers.ranges ? rangeHeaders : plainHeaders,
      content: { [answers.bytes]: { schema: { type: 'string', format: 'binary' } } },
    };
  const headers = {
    ...(answers.location && { Location: header('Location') }),
    ...(answers.cookie && { 'Set-Cookie': header('SetCookie') }),
    ...(answers.tagged && taggedHeaders),
  };
  const told = Object.keys(headers).length > 0 && { headers };
  if (answers.schema === undefined) return { description: 'Done.', ...told };
  return {
    description: summary,
    ...told,
    content: { 'application/json': { schema: schemaReference(answers.schema) } },
  };
};

const problemOf = (status: number, codes: readonly ErrorCode[], isGateway: boolean): JsonObject => {
  const ofGateway = isGateway ? gatewayStatuses.get(status) : undefined;
  const sentences = codes.map((code) => `\`${code}\`: ${problemSentences[code]}`);
  const headers = {
    ...(codes.some((code) => errorTable[code].retry) && { 'Retry-After': header('RetryAfter') }),
    ...(status === 401 && { 'WWW-Authenticate': header('WwwAuthenticate') }),
    ...(status === 416 && { 'Content-Range': header('ContentRange') }),
  };
  return {
    description: [...sentences, ...(ofGateway === undefined ? [] : [ofGateway])].join('\n\n'),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: {
      ...(codes.length > 0 && {
        [PROBLEM_TYPE]: {
          schema: schemaReference(problemSchema),
          examples: Object.fromEntries(
            codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
          ),
        },
      }),
      ...(ofGateway !== undefined && {
        'application/json': { schema: schemaReference(gatewayRefusalSchema) },
      }),
    },
  };
};

/** The headers that the answers refer to. */
export const headersOf = (answers: unknown): JsonObject => {
  const text = JSON.stringify(answers);
  const used = Object.entries(answerHeaders).filter(([name]) =>
    text.includes(`"#/components/headers/${name}"`),
  );
  return Object.fromEntries(used);
};

/** All answers of a route, by status. The names of a problem's examples are its codes. */
export const responsesOf = (route: DescribedRoute, isGateway: boolean): JsonObject => {
  const { status } = route.answers;
  const codes = Map.groupBy(problemsOf(route), (code) => errorTable[code].status);
  const statuses = new Set([...codes.keys(), ...(isGateway ? gatewayStatuses.keys() : [])]);
  return {
    [String(status)]: successOf(route),
    ...(route.answers.tagged && {
      '304': { description: 'Nothing has changed.', headers: taggedHeaders },
    }),
    ...(route.answers.ranges && {
      '206': {
        ...successOf(route),
        description: 'The bytes from an offset to the end.',
        headers: { ...rangeHeaders, 'Content-Range': header('ContentRange') },
      },
    }),
    ...Object.fromEntries(
      [...statuses]
        .sort((a, b) => a - b)
        // The gateway does not authenticate callers of an open route.
        .filter((one) => codes.has(one) || !(route.needs === undefined && (one === 401 || one === 403)))
        .map((one) => [String(one), problemOf(one, codes.get(one) ?? [], isGateway)]),
    ),
  };
};

/** A problem of each code that one of the routes answers. */
export const problemExamples = (routes: readonly DescribedRoute[]): JsonObject =>
  Object.fromEntries(
    [...new Set(routes.flatMap(problemsOf))].sort().map((code) => [
      code,
      {
        summary: problemSentences[code],
        value: {
          type: `urn:holdfast:error:${code}`,
          title: code.replaceAll('_', ' '),
          status: errorTable[code].status,
          detail: problemSentences[code],
          code,
        },
      },
    ]),
  );
