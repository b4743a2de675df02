import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { AcceptanceHost } from '../host.ts';

/** Requests that are refused before an operation starts. */
export const describeRequests = (here: () => AcceptanceHost): void => {
  describe('a request for a backup is refused, and says why', () => {
    const refusal = async (request: object): Promise<[number, string, string]> => {
      const { status, body } = await here().api.post('/v1/backups', request);
      return [status, body.code, body.detail];
    };

    test.each(['ab', '..label', 'a label', 'this-label-is-too-long-by-1'])(
      'for the label %j, with the rule [D1] [U11]',
      async (label) => {
        const rule = expect.stringContaining('3 to 25 characters of A-Z a-z 0-9 _ . -');
        expect(await refusal({ label })).toEqual([400, 'invalid_request', rule]);
      },
    );

    test.each<[object, string]>([
      [{ passphrase: 'elevenchars' }, '12 to 1024 characters'],
      [{ logFileName: 'x.log' }, 'includeLogs'],
      [{ fileName: '../up.tar' }, 'file name'],
      [{ components: ['orders', 'nope'] }, '"nope"'],
      [{ notify: 'bob@example.com' }, 'not in a domain that is allowed'],
      [{ scope: 'domain', tiedToHsm: true }, 'HSM'],
    ])('for %j [U5] [U6] [U7]', async (request, told) => {
      expect(await refusal(request)).toEqual([400, 'invalid_request', expect.stringContaining(told)]);
    });

    test('for a place that is not among those of the configuration, or takes nothing [U5]', async () => {
      const { unknown, unwritable } = here().places;
      const [status, code, detail] = await refusal({ backupPath: unknown });
      expect([status, code]).toEqual([400, 'place_not_allowed']);
      expect(detail).toContain(unknown);
      const taken = await refusal({ backupPath: unwritable, components: ['orders'] });
      expect(taken).toEqual([422, 'place_unwritable', expect.stringContaining(basename(unwritable))]);
    });

    test('and nothing was begun for any of them', async () => {
      const { api } = here();
      expect((await api.get('/v1/backups')).body.total).toBe(0);
      expect((await api.get('/v1/status')).body).toMatchObject({ state: 'IDLE', last: null });
    });
  });
};
