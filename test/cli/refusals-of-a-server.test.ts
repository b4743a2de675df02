/** The command line shows the refusals of a real server in one line each, with what to do next. */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../contract/eventually.ts';
import { FIRST_LINE, firstLine } from './first-line.ts';
import { type Finished, holdfast, type Started, startHoldfast } from './run-holdfast.ts';

let folder: string;
let server: Started;
let url: string;
let backup: string;
let restricted: string;

const at = (...parts: string[]): string => join(folder, ...parts);
const run = (...args: string[]): Promise<Finished> => holdfast(args, { cwd: folder });
const done = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await run(...args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}`);
  return out.trim();
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-refusals-'));
  await mkdir(at('files'));
  await writeFile(at('files', 'letter.txt'), 'Dear reader\n');
  await writeFile(at('passphrase'), 'correct horse battery', { mode: 0o600 });
  await writeFile(at('other-passphrase'), 'another horse battery', { mode: 0o600 });
  await writeFile(
    at('holdfast.config.json'),
    JSON.stringify({ components: [{ id: 'files', kind: 'directory', path: 'files', onMissing: 'fail' }] }),
  );
  server = startHoldfast(['serve', '--port', '0', '--admin-token-file', 'admin.token'], { cwd: folder });
  const file = await eventually(
    `the server answers: ${server.errSoFar()}`,
    () => readFile(at('holdfast-data', 'server.json'), 'utf8').catch(() => undefined),
    20_000,
  );
  url = JSON.parse(file).url;
  await done('token', 'create', '--name', 'reader', '--role', 'auditor', '--output', 'reader.token');
  restricted = (await readFile(at('reader.token'), 'utf8')).trim();
  const passphrase = ['--passphrase-file', 'passphrase'];
  await done(
    'backup',
    'create',
    '--wait',
    '--quiet',
    '--file-name',
    'a.tar',
    '--idempotency-key',
    'once',
    ...passphrase,
  );
  backup = JSON.parse(await done('backup', 'list', '--json')).resources[0].id;
  await done('backup', 'download', backup, '--output', 'a.tar');
  await writeFile(at('cut.tar'), (await readFile(at('a.tar'))).subarray(0, -100));
}, 60_000);

afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.done;
  await rm(folder, { recursive: true });
}, 30_000);

const missing = 'backup-01890a5d-ac96-774b-bcce-b302099a8057';

test.each<readonly [code: number, args: string, next: string]>([
  [4, `backup show ${missing}`, '"holdfast backup list" shows what there is.'],
  [4, 'schedule show nightly', '"holdfast schedule list" shows all schedules'],
  [4, `backup cancel ${missing}`, '"holdfast backup status" shows what runs'],
  [2, 'backup create --label ..', '"holdfast backup create --help" shows what each option accepts.'],
  [2, 'backup create --component nothing', '"holdfast backup create --help" shows what each option accepts.'],
  [2, 'backup create --backup-path /srv/nowhere', 'Leave --backup-path out'],
  [1, 'backup create --file-name a.tar', 'Leave --file-name out'],
  [1, 'backup create --label other --idempotency-key once', 'Leave --idempotency-key out'],
  [5, 'backup restore BACKUP --passphrase-file passphrase', '--dry-run shows first'],
  [
    12,
    'backup contents BACKUP --passphrase-file other-passphrase',
    'Run the command again with the right one',
  ],
  [
    2,
    'backup extract --file a.tar . --trust --output out',
    'If you trust that signer: holdfast backup extract',
  ],
  [1, 'backup verify --file cut.tar', '"holdfast backup download" downloads another copy'],
  [1, 'backup inspect --file passphrase', 'Name the file that "holdfast backup download" has written'],
  [1, 'domain create root', '"holdfast domain list" shows the current state'],
  [
    1,
    'key upload --file passphrase --password-file passphrase',
    'Name the file that "holdfast key download" has written',
  ],
])('exit code %d of "%s" comes with what to do next [U11]', async (code, args, next) => {
  const found = await run(...args.replace('BACKUP', backup).split(' '));
  expect([found.code, firstLine(found.err)]).toEqual([code, expect.stringMatching(FIRST_LINE)]);
  expect(firstLine(found.err)).toContain(next);
  // The line names each command only once.
  const commands = firstLine(found.err).match(/holdfast (?:[a-z]+ ?)+/g) ?? [];
  expect(commands).toEqual([...new Set(commands)]);
});

test('a token that is not known, and one that may less, are told who gives another [U11]', async () => {
  const ask = (token: string, ...args: string[]) =>
    holdfast(args, { env: { HOLDFAST_URL: url, HOLDFAST_TOKEN: token } });
  const unknown = await ask('hft_another', 'backup', 'list');
  expect([unknown.code, firstLine(unknown.err)]).toEqual([
    5,
    expect.stringMatching(/Set HOLDFAST_TOKEN .* "holdfast token create"/),
  ]);
  const less = await ask(restricted, 'backup', 'create');
  expect([less.code, firstLine(less.err)]).toEqual([
    5,
    expect.stringMatching(/permission backup\.create.* "holdfast user update NAME --role ROLE"/),
  ]);
});

test('a backup that is held, and one that fails, say where to go on [U11]', async () => {
  await done('backup', 'hold', backup, '--reason', 'a lawsuit');
  const held = await run('backup', 'delete', backup, '--yes');
  expect([held.code, firstLine(held.err)]).toEqual([
    5,
    expect.stringContaining(`holdfast backup release ${backup}`),
  ]);
  await rename(at('files'), at('gone'));
  const failed = await run('backup', 'create', '--wait', '--quiet');
  expect([failed.code, firstLine(failed.err)]).toEqual([
    1,
    expect.stringMatching(
      /"holdfast component list" shows .*"holdfast backup show backup-\S+" shows more\.$/,
    ),
  ]);
});
