import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { holdfast } from '../../cli/run-holdfast.ts';
import { corpus } from '../../hostile/corpus/corpus.ts';
import { expectedOf, type Shape, smallComponents } from '../../hostile/corpus/shape.ts';
import { drivingPlan } from '../../hostile/corpus/strings.ts';
import { HttpSession } from '../../hostile/http-session.ts';
import { ABSOLUTE } from '../../hostile/jail.ts';
import { composeArchive, type Keys, newKeys, plainPlan } from '../../hostile/writer/archive.ts';
import { keyFileText } from '../../hostile/writer/key-file.ts';
import { Installation } from '../installation.ts';

const PASSWORD = 'correct horse battery';
/** One of this many shapes is tried; those that are accepted take a second each. */
const REFUSED_SHARE = 9;
const TAKEN_SHARE = 20;

const isTaken = (shape: Shape): boolean =>
  expectedOf(shape).verify === 'ok' && shape.passphrase === undefined;
const named = ['a manifest with a component called constructor', 'a manifest with a component called 0'];
/** An upload needs at least one byte. */
const unsendable = ['a file that is nothing'];
const sample = [
  ...corpus
    .filter((shape) => !isTaken(shape) && !unsendable.includes(shape.name))
    .filter((_, index) => index % REFUSED_SHARE === 0),
  ...corpus.filter(isTaken).filter(({ name }, index) => index % TAKEN_SHARE === 0 || named.includes(name)),
];

let keys: Keys;
let installation: Installation;

beforeAll(async () => {
  keys = await newKeys();
  installation = await Installation.start({
    config: () => ({ installation: 'taker', components: [{ id: 'own', kind: 'directory', path: 'source' }] }),
  });
  const file = keyFileText({ key: keys.backup, verifyKey: keys.signer.verifyKey, password: PASSWORD });
  const { status } = await installation.api.post('/v1/keys/upload', {
    file: file.toString(),
    password: PASSWORD,
  });
  expect(status).toBe(201);
}, 60_000);
afterAll(() => installation.close());

/** The first refusal expected over HTTP; the signer is checked only when an operation uses the archive. */
const refusalOf = (shape: Shape): string | undefined => {
  const { open } = expectedOf(shape);
  return open === 'ok' || open === 'archive_signer_unknown' ? undefined : open;
};

describe('a crafted archive that is sent to an installation [B8] [C11]', () => {
  test.each(sample)(
    '$name',
    async (shape) => {
      const session = new HttpSession(installation.api);
      const before = readdirSync(installation.folder);
      const imported = await session.upload(await shape.make(keys));
      const expected = refusalOf(shape);
      if (expected !== undefined) expect(session.refusals[0]).toBe(expected);
      if (imported?.state === 'SUCCESS') {
        const { components } = (await session.call('GET', `/v1/backups/${imported.backupId}`)).body;
        const trees = Object.keys(components).filter((id) => components[id].kind === 'directory');
        const targets = Object.fromEntries(trees.map((id) => [id, `${installation.data}/restored/${id}`]));
        await session.use(imported.backupId, { targets });
        await session.call('DELETE', `/v1/backups/${imported.backupId}`);
      } else if (isTaken(shape)) expect(imported).toMatchObject({ state: 'SUCCESS' });
      expect(session.faults).toEqual([]);
      expect(readdirSync(installation.folder)).toEqual(before);
      expect(existsSync(ABSOLUTE)).toBe(false);
    },
    60_000,
  );

  test('in all of whose texts something drives a terminal is shown by each command without a single control character', async () => {
    const plan = drivingPlan(plainPlan(keys, smallComponents()));
    // An import refuses an invalid id; only an inspection shows it.
    await writeFile(installation.path('odd.tar'), composeArchive(keys, plan));
    const { backupId } = plainPlan(keys, []).head;
    const { keyId } = plainPlan(keys, []).encryption;
    const sound = {
      ...plan,
      head: { ...plan.head, backupId: backupId ?? '' },
      encryption: { mode: 'key', keyId: keyId ?? '' },
    };
    const session = new HttpSession(installation.api);
    const imported = await session.upload(composeArchive(keys, sound));
    expect([imported?.state, session.faults]).toEqual(['SUCCESS', []]);
    const id = String(backupId);
    const commands = [
      ['backup', 'inspect', '--file', 'odd.tar'],
      ['backup', 'list'],
      ['backup', 'show', id],
      ['backup', 'contents', id],
      ['backup', 'log', id],
      ['backup', 'verify', id],
      [
        'backup',
        'restore',
        id,
        '--dry-run',
        '--to',
        `files=${installation.data}/restored`,
        '--component',
        'files',
      ],
    ];
    for (const command of commands) {
      const { code, out, err } = await holdfast(command, {
        cwd: installation.folder,
        env: { HOLDFAST_DATA: installation.data },
      });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
      const driving = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.exec(
        `${out}${err}`,
      );
      expect([command.join(' '), code === 2 ? err : '', driving?.[0] ?? '']).toEqual([
        command.join(' '),
        '',
        '',
      ]);
    }
  }, 120_000);
});
