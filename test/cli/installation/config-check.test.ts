import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { installationStacks } from '../../../lib/infra/stacks.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { eventually } from '../../contract/eventually.ts';
import { unbundled } from '../../infra/synthesized.ts';
import { type Finished, holdfast, jsonLines, startHoldfast } from '../run-holdfast.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-check-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const configFile = async (config: object): Promise<string> => {
  const file = join(folder, 'holdfast.config.json');
  await writeFile(file, JSON.stringify(config));
  return file;
};
const check = async (config: object, ...args: string[]): Promise<Finished> =>
  holdfast(['config', 'check', '--config', await configFile(config), ...args], { cwd: folder });
const synthesize = (config: object) =>
  installationStacks(new App(unbundled), configSchema.parse(config)).service;

const bucket = { id: 'uploads', kind: 's3', bucket: 'acme-uploads' };

describe('what cannot be deployed is refused by the check for AWS as by the synthesis', () => {
  test.each<[string, object, string]>([
    [
      'a folder',
      { components: [{ id: 'notes', kind: 'directory', path: '/srv' }] },
      'component "notes" is of kind directory, which functions on AWS cannot reach',
    ],
    ['a place that is a folder', { backupPaths: ['/mnt/backups'] }, 'is not a place on AWS; write s3://'],
    ['mail without a sender', { notifications: { email: { to: ['a@example.com'] } } }, 'needs "from" on AWS'],
    ['a name with a dot', { installation: 'acme.prod' }, 'the name "acme.prod" has a dot'],
    ['a name too long for AWS', { installation: 'a'.repeat(56) }, 'on AWS it may have at most 55'],
  ])('%s', async (_, config, told) => {
    const { code, err } = await check(config, '--host', 'aws');
    expect([code, err]).toEqual([2, expect.stringContaining(told)]);
    expect(() => synthesize(config)).toThrow(told);
  });

  test('all at once', async () => {
    const { err } = await check({ installation: 'acme.prod', backupPaths: ['/mnt'] }, '--host', 'aws');
    expect(err).toContain('has a dot');
    expect(err).toContain('backupPaths.0: ');
  });

  test('all at once, however long that is, to the twentieth', async () => {
    const schedules = Array.from({ length: 22 }, (_, n) => ({ id: `s${n}`, cron: '0 3 1 * 0-6' }));
    for (const host of ['aws', 'embedded']) {
      const { code, err } = await check({ schedules }, '--host', host);
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/schedule "s19", schedules\.19\.cron: .*; and 2 more\. Correct the file, .*$/m),
      ]);
    }
  });
});

test('what the check for AWS warns of, the synthesis warns of [K7]', async () => {
  const config = {
    components: [bucket],
    backupPaths: ['s3://acme-archives/holdfast'],
    schedules: [
      { id: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
      { id: 'never', cron: '0 3 30 2 *' },
    ],
    notifications: { email: { to: ['a@example.com'], from: 'b@example.com', smtp: { env: 'SMTP_URL' } } },
  };
  const { code, out } = await check(config, '--host', 'aws', '--json');
  const [result] = jsonLines(out);
  expect([code, result?.warnings]).toEqual([
    0,
    [
      expect.stringMatching(
        /"nightly": on 20\d\d-\d\d-\d\d the clocks of Europe\/Berlin (?:skip from 02:00 to 03:00, so that there is no 02:30: it runs at 03:00 instead|go back from 03:00 to 02:00, so that 02:30 comes twice: it runs the first time only)$/,
      ),
      expect.stringMatching(/"nightly": on 20\d\d-\d\d-\d\d the clocks of Europe\/Berlin /),
      expect.stringContaining('"never" is never due'),
      expect.stringContaining('smtp is not used on AWS'),
    ],
  ]);
  const annotations = Annotations.fromStack(synthesize(config));
  for (const warning of Object(result).warnings)
    annotations.hasWarning('*', Match.stringLikeRegexp(warning.replaceAll(/[^\w ]/g, '.')));
});

describe('what an embedded installation cannot reach is refused by the check as by the start', () => {
  test.each<[string, object, string]>([
    ['a bucket', { components: [bucket] }, 'is of kind s3, which an embedded installation cannot reach'],
    ['a place on AWS', { backupPaths: ['s3://acme/a'] }, 's3://acme/a is a place on AWS'],
    [
      'a secret of Secrets Manager',
      { components: [{ id: 'database', kind: 'postgres', url: { secretsManager: 'db' } }] },
      'component "database": the secret db is one of AWS Secrets Manager',
    ],
    [
      'days of the month and of the week',
      { schedules: [{ id: 'odd', cron: '0 3 1 * 0-6' }] },
      'schedule "odd", schedules.0.cron: "0 3 1 * 0-6" cannot be scheduled',
    ],
  ])('%s', async (_, config, told) => {
    const file = await configFile(config);
    for (const command of [
      ['config', 'check'],
      ['serve', '--port', '0', '--data', join(folder, 'data')],
    ]) {
      const { code, err } = await holdfast([...command, '--config', file], { cwd: folder });
      expect([command[0], code, err]).toEqual([command[0], 2, expect.stringContaining(told)]);
    }
  });
});

test('what is not to be found is warned of by the check as by the start, which goes on [K5] [U8]', async () => {
  const mail = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => mail.once('listening', resolve));
  const port = Object(mail.address()).port;
  await new Promise((resolve) => mail.close(resolve));
  await mkdir(join(folder, 'there'));
  await writeFile(join(folder, 'url'), 'postgres://localhost/there\n');
  await chmod(join(folder, 'url'), 0o644);
  const file = await configFile({
    components: [
      { id: 'notes', kind: 'directory', path: 'not-mounted' },
      { id: 'kept', kind: 'directory', path: 'there' },
      { id: 'one', kind: 'postgres', url: { env: 'ONE_URL' } },
      { id: 'two', kind: 'postgres', url: { file: 'url' } },
      { id: 'three', kind: 'postgres', url: { file: 'no-url' } },
    ],
    backupPaths: ['elsewhere'],
    schedules: [{ id: 'never', cron: '0 3 30 2 *' }],
    notifications: { email: { to: ['a@example.com'], smtp: { env: 'SMTP_URL' } } },
  });
  const env = { SMTP_URL: `smtp://127.0.0.1:${port}` };
  const told = [
    `component "notes": its path ${join(folder, 'not-mounted')} does not exist`,
    'component "one": the environment variable ONE_URL is not set',
    `a secret can be read by every user of this machine`,
    `component "three": the secret file ${join(folder, 'no-url')} cannot be read`,
    `backupPaths: the place ${join(folder, 'elsewhere')} does not exist`,
    `the mail server 127.0.0.1, port ${port}, cannot be reached`,
    'schedule "never" is never due',
  ];
  const checked = await holdfast(['config', 'check', '--config', file], { cwd: folder, env });
  expect(checked.code).toBe(0);
  expect(checked.out).toContain('is valid');
  const data = join(folder, 'data');
  const server = startHoldfast(['serve', '--port', '0', '--config', file, '--data', data], {
    cwd: folder,
    env,
  });
  await eventually(
    'the start has warned',
    () => told.every((one) => server.errSoFar().includes(JSON.stringify(one).slice(1, -1))) || undefined,
  );
  server.child.kill('SIGTERM');
  await server.done;
  for (const one of told) expect(checked.err).toContain(one);
  expect(checked.err).not.toContain('kept');
});
