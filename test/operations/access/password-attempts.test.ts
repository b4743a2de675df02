/** Which wrong passwords delay which callers, under a clock that the test sets. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { errorCodeOf, HoldfastError } from '../../../lib/model/errors.ts';
import { attemptPassword } from '../../../lib/operations/access/passwords/password-attempts.ts';
import { type EmbeddedHost, openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { administrator } from '../../principals.ts';

const folder = temporaryFolders();
const MINUTE = 60_000;
let host: EmbeddedHost;
let now = Date.parse('2026-11-29T12:00:00.000Z');

beforeAll(async () => {
  host = await openEmbeddedHost({
    data: await folder(),
    config: configSchema.parse({}),
    log: new JsonLogger({ write: () => undefined }),
    clock: { now: () => new Date(now) },
  });
});
afterAll(() => host.close());
/** Enough time passes that earlier attempts no longer count. */
beforeEach(() => {
  now += 24 * 60 * MINUTE;
});

/** The result of one attempt: `opened`, or an error's code. */
const attempt = async (name: string, archive: string, right = false): Promise<unknown> => {
  try {
    return await attemptPassword(
      host,
      { principal: administrator(name), subject: { of: 'archive', id: archive } },
      async () => {
        if (right) return 'opened';
        throw new HoldfastError('wrong_passphrase', 'no');
      },
    );
  } catch (thrown) {
    return errorCodeOf(thrown);
  }
};
const untilBlocked = async (name: string, archive: string): Promise<number> => {
  for (let failed = 0; failed < 200; failed++)
    if ((await attempt(name, archive)) === 'too_many_attempts') return failed;
  throw new Error('never blocked');
};

describe('wrong passphrases at one archive [U6] [B8]', () => {
  test('make their caller wait there, and leave other archives and other callers alone', async () => {
    expect(await untilBlocked('ada', 'a')).toBe(5);
    expect(await attempt('ada', 'a', true)).toBe('too_many_attempts');
    expect(await attempt('ada', 'b', true)).toBe('opened');
    expect(await attempt('grace', 'a', true)).toBe('opened');
    // One caller's success does not cancel another caller's delay.
    expect(await attempt('ada', 'a', true)).toBe('too_many_attempts');
  });

  test('do so however long a job repeats them', async () => {
    for (let quarter = 0; quarter < 4 * 24; quarter++) {
      now += 16 * MINUTE;
      expect(['wrong_passphrase', 'too_many_attempts']).toContain(await attempt('ada', 'a'));
    }
    expect(await attempt('ada', 'b', true)).toBe('opened');
    expect(await attempt('grace', 'a', true)).toBe('opened');
  });
});

describe('guesses at many archives, or by many callers [U6] [B8]', () => {
  test('of one caller are bounded all together, and told as that', async () => {
    let failed = 0;
    for (let archive = 0; archive < 40; archive++)
      for (let n = 0; n < 2; n++)
        if ((await attempt('eve', `many-${archive}`)) === 'wrong_passphrase') failed += 1;
    expect(failed).toBe(50);
    expect(await attempt('eve', 'many-0', true)).toBe('too_many_attempts');
    await expect(
      attemptPassword(
        host,
        { principal: administrator('eve'), subject: { of: 'archive', id: 'fresh' } },
        async () => 'opened',
      ),
    ).rejects.toThrow(/too many wrong passwords of eve at many archives; the next attempt .* in \d+ s/);
    expect(await attempt('ada', 'many-0', true)).toBe('opened');
    now += 16 * MINUTE;
    expect(await attempt('eve', 'fresh', true)).toBe('opened');
  });

  test('of many callers at one archive are bounded, too', async () => {
    let failed = 0;
    for (let caller = 0; caller < 40; caller++)
      for (let n = 0; n < 2; n++)
        if ((await attempt(`caller-${caller}`, 'target')) === 'wrong_passphrase') failed += 1;
    expect(failed).toBe(50);
    expect(await attempt('ada', 'elsewhere', true)).toBe('opened');
  });
});
