/**
 * Clients that third-party generators make from the server's OpenAPI document; the tests use only these
 * clients.
 */
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Installation } from '../cases/installation.ts';
import { run } from '../tools/install-once.ts';
import { installPythonClientGenerator } from '../tools/python-client-generator.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const modules = here('../../node_modules');
const program = (name: string): string => here(`../fixtures/generated-clients/${name}`);

const python = await installPythonClientGenerator();

let installation: Installation;
beforeAll(async () => {
  installation = await Installation.start({
    config: () => ({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
  await writeFile(installation.path('source', 'a.txt'), 'content of a');
  const { text } = await installation.api.get('/v1/openapi.json');
  await writeFile(installation.path('openapi.json'), text);
});
afterAll(() => installation.close());

/**
 * Checks the output of a program that makes a backup, lists it, restores it, and requests something that does
 * not exist.
 */
const expectDone = async (output: string, target: string): Promise<void> => {
  const { id, ...told } = JSON.parse(output);
  expect(id).toMatch(/^generated-/);
  expect(told).toEqual({
    location: `/v1/backups/${id}`,
    state: 'SUCCESS',
    listed: [id],
    restored: 'SUCCESS',
    isMissing: true,
    field: 'label',
  });
  expect(await readFile(`${target}/a.txt`, 'utf8')).toBe('content of a');
  await installation.api.delete(`/v1/backups/${id}`);
};

describe('a client generated from the OpenAPI document makes a backup and restores it [U11]', () => {
  test('in TypeScript, by openapi-typescript: it compiles, strictly, and runs', async () => {
    const folder = installation.path('typescript');
    await mkdir(folder);
    await symlink(modules, `${folder}/node_modules`);
    await copyFile(program('client.ts'), `${folder}/client.ts`);
    const generator = `${modules}/openapi-typescript/bin/cli.js`;
    await run(process.execPath, [
      generator,
      installation.path('openapi.json'),
      '--output',
      `${folder}/api.ts`,
      // A request may omit a field that has a default.
      '--default-non-nullable=false',
    ]);
    const options = {
      ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true },
      ...{ module: 'nodenext', target: 'esnext', types: ['node'], exactOptionalPropertyTypes: true },
    };
    await writeFile(`${folder}/package.json`, '{"type": "module"}');
    await writeFile(
      `${folder}/tsconfig.json`,
      JSON.stringify({ compilerOptions: options, files: ['client.ts'] }),
    );
    await run(process.execPath, [`${modules}/typescript/bin/tsc`, '--project', folder]);
    const target = `${folder}/restored`;
    const { url, token } = installation.api;
    await expectDone(await run(process.execPath, [`${folder}/client.ts`, url, token, target]), target);
  });

  (python === undefined ? test.skip : test)('in Python, by openapi-python-client', async () => {
    if (python === undefined) return;
    const folder = installation.path('python');
    await mkdir(folder);
    const settings = {
      post_hooks: [],
      // The generator does not know the media types of archives and metrics: it treats them as bytes and as
      // text.
      content_type_overrides: {
        'application/x-tar': 'application/octet-stream',
        'application/openmetrics-text': 'text/plain',
      },
    };
    await writeFile(`${folder}/settings.json`, JSON.stringify(settings));
    const generated = await run(python, [
      ...['-m', 'openapi_python_client', 'generate', '--path', installation.path('openapi.json')],
      ...['--output-path', `${folder}/holdfast_client`, '--meta', 'none'],
      ...['--config', `${folder}/settings.json`, '--fail-on-warning'],
    ]);
    expect(generated).not.toMatch(/warning|unable/i);
    const target = `${folder}/restored`;
    const { url, token } = installation.api;
    const output = await run(python, [program('client.py'), url, token, target], { PYTHONPATH: folder });
    await expectDone(output, target);
  });
});
