import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { holdfast } from '../../cli/run-holdfast.ts';
import { testWith } from '../../tools/debian-tools.ts';
import type { Answer } from '../api.ts';
import { type AcceptanceHost, idle } from '../host.ts';

const pullScript = fileURLToPath(new URL('../../../bin/holdfast-pull.sh', import.meta.url));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The command line on a machine that has only the host's URL and a token. */
export const describeCommandLine = (here: () => AcceptanceHost): void => {
  describe('from another machine', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'holdfast-afar-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const only = async (label: string): Promise<Answer['body']> => {
      const { total, resources } = (await here().api.get(`/v1/backups?label=${label}`)).body;
      expect(total).toBe(1);
      return resources[0];
    };

    testWith('tar')(
      'one command makes a backup, tells each step on standard error, and leaves the archive, a tar, on the disk [U8] [T4] [U4]',
      async () => {
        const host = here();
        await idle(host);
        const file = join(folder, 'afar.tar');
        const { code, out, err } = await holdfast(
          ['backup', 'create', '--label', 'afar', '--component', 'orders', '--output', file],
          { env: { HOLDFAST_URL: host.publicUrl, HOLDFAST_TOKEN: host.api.token } },
        );
        expect([code, err]).toEqual([0, expect.stringMatching(/^seal-archive$/m)]);
        const backup = await only('afar');
        expect(out).toContain(backup.id);
        expect(sha256(await readFile(file))).toBe(backup.sha256);
        const names = execFileSync('tar', ['-tf', file]).toString().split('\n');
        expect(names).toEqual(
          expect.arrayContaining([
            'holdfast.json',
            'RECOVER.md',
            expect.stringMatching(/^components\/orders\//),
          ]),
        );
        expect(backup.components.orders).toMatchObject({ skippedCount: 0, skipped: [] });
      },
      240_000,
    );

    testWith('curl')(
      'the script for cron makes a backup and pulls it, with a token that may do nothing else [O7] [O2]',
      async () => {
        const host = here();
        await idle(host);
        const grant = { name: 'pull', role: 'puller' };
        const { token } = (await host.api.post('/v1/tokens', grant)).body;
        expect((await host.api.get('/v1/tokens', { token })).status).toBe(403);
        const tokenFile = join(folder, 'pull.token');
        await writeFile(tokenFile, `${token}\n`, { mode: 0o600 });
        const to = await mkdtemp(join(folder, 'pulled-'));
        const options = [
          '--url',
          host.publicUrl,
          '--token-file',
          tokenFile,
          '--to',
          to,
          '--label',
          'pulled',
          '--component',
          'orders',
        ];
        const child = spawn('sh', [pullScript, ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
        let err = '';
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          err += text;
        });
        const [code] = await once(child, 'close');
        expect([code, err]).toEqual([0, expect.any(String)]);
        const [name = ''] = (await readdir(to)).filter((each) => each.endsWith('.tar'));
        expect(sha256(await readFile(join(to, name)))).toBe((await only('pulled')).sha256);
      },
      240_000,
    );
  });
};
