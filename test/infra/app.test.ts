/** What `npm run synth` reports when the configuration is missing or invalid. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { packageRoot } from '../../lib/infra/packaged.ts';
import { temporaryFolders } from '../adapters/local/temporary-folder.ts';

const newFolder = temporaryFolders();
const synthesize = (cwd: string) =>
  spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(packageRoot, 'lib/infra/app.ts')],
    {
      cwd,
      encoding: 'utf8',
    },
  );

test('a checkout without a configuration is told in one sentence what is missing, and where to read of it [K8]', async () => {
  const folder = await newFolder();
  const { status, stderr } = synthesize(folder);
  expect(status).toBe(1);
  expect(stderr).toBe(
    `there is no holdfast.config.json in ${folder}: write one, as docs/aws.md describes, or name another file by "-c config=FILE"\n`,
  );
});

test('a configuration with a fault is told the fault, without a stack', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, 'holdfast.config.json'), '{"components": [{"id": "a"}]}');
  const { status, stderr } = synthesize(folder);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^holdfast\.config\.json is not a configuration of Holdfast: .*"a"/);
  expect(stderr).not.toMatch(/^ +at /m);
});

test('a configuration that is for another host is told what AWS cannot do, without a stack', async () => {
  const folder = await newFolder();
  await writeFile(
    join(folder, 'holdfast.config.json'),
    JSON.stringify({ components: [{ id: 'notes', kind: 'directory', path: '/srv' }], backupPaths: ['/mnt'] }),
  );
  const { status, stderr } = synthesize(folder);
  expect(status).toBe(1);
  expect(stderr).toContain('component "notes" is of kind directory, which functions on AWS cannot reach');
  expect(stderr).toContain('the backup path "/mnt" is not a place on AWS');
  expect(stderr).not.toMatch(/^ +at /m);
});
