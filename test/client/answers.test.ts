/** The compiler checks the types of the answers in lib/client against the OpenAPI document. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { everyRoute } from '../../lambdas/api-handlers.ts';
import { openApiDocument } from '../../lib/api/openapi/openapi.ts';
import { byteRoutes } from '../../lib/api/routes/bytes.ts';
import { run } from '../tools/install-once.ts';
import { eachCall, modules, routeOf } from './every-call.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-answers-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  const document = openApiDocument([...everyRoute, ...byteRoutes]);
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(document));
  const generator = join(root, 'node_modules/openapi-typescript/bin/cli.js');
  await run(process.execPath, [generator, join(folder, 'openapi.json'), '--output', join(folder, 'api.ts')]);
});
afterAll(() => rm(folder, { recursive: true }));

/** The type of the call's answer, from the document. */
const documented = (call: (typeof eachCall)[number][1]): string => {
  const route = routeOf(call);
  const answers = openApiDocument([...everyRoute, ...byteRoutes]) as {
    paths: Record<
      string,
      Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>
    >;
  };
  const method = call.method.toLowerCase();
  const responses = answers.paths[route?.path ?? '']?.[method]?.responses ?? {};
  const status = Object.keys(responses).find((one) => one.startsWith('2')) ?? '';
  const [type] = Object.keys(responses[status]?.content ?? {});
  if (type === undefined) return 'void';
  if (type === 'application/octet-stream') return 'Response';
  const at = `['${route?.operationId}']['responses'][${status}]['content']['${type}']`;
  return type === 'application/json' ? `operations${at}` : 'string';
};

/** One named line for each call, so that a compiler error names the call whose type differs. */
const program = (): string =>
  [
    `import type { operations } from './api.ts';`,
    `import type { Call } from '${root}lib/client/call.ts';`,
    ...Object.keys(modules).map(
      (name) => `import type * as ${name} from '${root}lib/client/calls/${name}.ts';`,
    ),
    'type Known<T> = T extends (infer I)[] | readonly (infer I)[] ? readonly Known<I>[]',
    '  : T extends Response ? T : T extends object ? { readonly [K in keyof T]: Open<K, Known<T[K]>> } : T;',
    // In the document, error codes may be any text, because a newer server has more; and JSON from elsewhere
    // has an unknown type.
    "type Open<K, T> = K extends 'resourceQuery' ? unknown : K extends 'errorCode' ? Exclude<T, string> | string : T;",
    'type Answer<F> = F extends (...args: never[]) => Call<infer T> ? Known<T> : never;',
    ...eachCall.flatMap(([name, call]) => {
      const [client, api] = [`Answer<typeof ${name}>`, `Known<${documented(call)}>`];
      const id = name.replace('.', '_');
      return [
        `declare const api_${id}: ${api}; export const read_${id}: ${client} = api_${id};`,
        `declare const client_${id}: ${client}; export const given_${id}: ${api} = client_${id};`,
      ];
    }),
  ].join('\n');

test('every answer has the type that the OpenAPI document says, no field more and none less [U11]', async () => {
  await writeFile(join(folder, 'held.ts'), program());
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true },
    ...{ module: 'nodenext', target: 'esnext', types: ['node'] },
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['held.ts'] }));
  const told = await run(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    ...['--project', folder, '--pretty', 'false'],
  ]).catch((thrown: unknown) => String(Object(thrown).stdout ?? thrown));
  expect(told).toBe('');
});
