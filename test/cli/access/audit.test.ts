/** The audit trail on the command line: listed, exported, and verified without a server. */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Installation } from '../../cases/installation.ts';
import { type Finished, holdfast } from '../run-holdfast.ts';

let installation: Installation;
let verifyKey: string;
let exported: string[];

const run = (...args: string[]): Promise<Finished> => holdfast([...args, '--data', installation.data]);

beforeAll(async () => {
  installation = await Installation.start();
  for (let n = 0; n < 3; n++) await run('key', 'create');
  verifyKey = JSON.parse((await run('verify-key', 'show', '--json')).out).publicKey;
  const done = await run('audit', 'export', '--file', installation.path('trail.jsonl'));
  expect([done.code, done.err]).toEqual([0, expect.any(String)]);
  exported = (await readFile(installation.path('trail.jsonl'), 'utf8')).trimEnd().split('\n');
});
afterAll(() => installation.close());

/** Verifies a trail of these lines without a server. */
const checked = async (lines: readonly string[], key = verifyKey): Promise<Finished> => {
  const file = installation.path('checked.jsonl');
  await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  return holdfast([
    'audit',
    'verify',
    '--file',
    file,
    '--verify-key',
    key,
    '--data',
    installation.path('nothing'),
  ]);
};

describe('holdfast audit', () => {
  test('lists who did what, and narrows it [U12]', async () => {
    const { code, out } = await run('audit', 'list', '--action', 'createKey');
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(4);
    expect(out).toMatch(/command line .*127\.0\.0\.1 .*createKey .*keys\/\S+ .*done/);
    expect((await run('audit', 'list', '--principal', 'nobody-of-that-name')).out).toBe('');
    expect((await run('audit', 'list', '--from', 'yesterday')).code).toBe(2);
  });

  test('proves the trail on the server, and an exported one without it', async () => {
    expect(await run('audit', 'verify')).toMatchObject({
      code: 0,
      out: expect.stringContaining('is complete and unchanged'),
    });
    expect(await checked(exported)).toMatchObject({ code: 0, out: expect.stringContaining('1 signed end') });
  });

  test('does not write over a file, and leaves no half one', async () => {
    expect((await run('audit', 'export', '--file', installation.path('trail.jsonl'))).code).toBe(2);
    const piped = await run('audit', 'export', '--file', '-');
    expect(piped.out.startsWith(`${exported[0]}\n`)).toBe(true);
  });

  test.each<[string, (lines: string[]) => string[]]>([
    ['a changed row', (lines) => lines.map((line) => line.replace('"createKey"', '"deleteKey"'))],
    ['a row that is written otherwise', ([first = '', ...rest]) => [first.replace('{', '{ '), ...rest]],
    ['a missing row', ([first = '', _, ...rest]) => [first, ...rest]],
    ['a missing first row', ([_, ...rest]) => rest],
    ['rows missing at the end', (lines) => [...lines.slice(0, 2), lines.at(-1) ?? '']],
    ['no signed end', (lines) => lines.slice(0, -1)],
    ['lines behind the signed end', (lines) => [...lines, lines[0] ?? '']],
    ['nothing', () => []],
    ['something else', () => ['{}', 'no JSON at all', '\u0000']],
  ])('finds %s', async (_, change) => {
    const { code, err } = await checked(change(exported));
    expect(err).toContain('the audit trail was changed after it was written');
    expect(code).toBe(1);
  });

  test('takes no other signer for the installation', async () => {
    const other = Buffer.alloc(32, 9).toString('base64');
    const { code, err } = await checked(exported, other);
    expect([code, err]).toEqual([1, expect.stringContaining('did not sign')]);
  });
});
