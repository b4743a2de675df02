/** Approvals on the command line: a person signs in for the single command that approves. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Installation } from '../../cases/installation.ts';
import { makePerson, PASSWORD } from '../../cases/people.ts';
import { type Finished, holdfast } from '../run-holdfast.ts';

let here: Installation;
let backup = '';

const at = (args: string[], input?: string): Promise<Finished> =>
  holdfast(args, {
    cwd: here.folder,
    env: { HOLDFAST_DATA: here.data },
    ...(input !== undefined && { stdin: input }),
  });

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
      approval: { actions: ['backup.delete'], newApproverHours: 0 },
    }),
  });
  writeFileSync(here.path('source', 'a.txt'), 'some');
  backup = (await here.api.backup()).id;
  await makePerson(here.api, 'ada');
}, 60_000);
afterAll(() => here.close());

/** Requests approval of the deletion. @returns its id and the digest of its plan */
const asked = async (): Promise<{ id: string; digest: string }> => {
  const refused = await at(['backup', 'delete', backup, '--yes']);
  expect(refused.code).toBe(5);
  const { resources } = (await here.api.get('/v1/approvals')).body;
  return resources[0];
};

const sessions = async (): Promise<number> => {
  const { resources } = (await here.api.get('/v1/audit?limit=1000')).body;
  const count = (action: string): number =>
    resources.filter(
      (row: { action: string; outcome: string }) => row.action === action && row.outcome === 'done',
    ).length;
  return count('signIn') - count('deleteSession');
};

describe('approving at the command line [B14]', () => {
  test('is refused by a token, and done by a person who signs in for the command', async () => {
    const { id, digest } = await asked();
    const byToken = await at(['approval', 'approve', id, '--digest', digest]);
    expect([byToken.code, byToken.out]).toEqual([5, '']);
    expect(byToken.err).toContain('person');
    const wrong = await at(
      ['approval', 'approve', id, '--digest', digest, '--as', 'ada', '--password-file', '-'],
      'another-password-of-hers\n',
    );
    expect([wrong.code, wrong.out]).toEqual([5, '']);
    const other = await at(
      ['approval', 'approve', id, '--digest', 'a'.repeat(64), '--as', 'ada', '--password-file', '-'],
      `${PASSWORD}\n`,
    );
    expect([other.code, other.out]).not.toEqual([0, '']);
    const approved = await at(
      ['approval', 'approve', id, '--digest', digest, '--as', 'ada', '--password-file', '-'],
      `${PASSWORD}\n`,
    );
    expect([approved.code, approved.err]).toEqual([0, expect.not.stringContaining(PASSWORD)]);
    expect((await here.api.get(`/v1/approvals/${id}`)).body).toMatchObject({ state: 'APPROVED' });
    expect((await at(['backup', 'delete', backup, '--yes', '--approval', id])).code).toBe(0);
    expect((await here.api.get(`/v1/backups/${backup}`)).status).toBe(404);
    // Each sign-in ended together with its command, also when the command failed.
    expect(await sessions()).toBe(0);
  }, 60_000);
});
