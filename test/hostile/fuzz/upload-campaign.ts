/** Uploads archives with random changes over HTTP to a real server, with changed requests as well. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Campaign, CaseReport, Judgement } from '../../campaign/campaign.ts';
import { HttpSession } from '../http-session.ts';
import { ABSOLUTE } from '../jail.ts';
import { KEY_ID, type Keys, newKeys } from '../writer/archive.ts';
import { isObject, type JsonObject } from '../writer/json.ts';
import { keyFileText } from '../writer/key-file.ts';
import type { Random } from './random.ts';
import { PASSPHRASE, type RandomArchive, randomArchive } from './random-archive.ts';
import { bentJson, oddNumber } from './random-json.ts';
import { untruths } from './restored-tree.ts';
import { WatchedServer } from './watched-server.ts';

const PASSWORD = 'correct horse battery';

type Requests = (session: HttpSession, bytes: Buffer, random: Random) => Promise<void>;

/** Incorrect ways in which a caller may send a file. */
const oddRequests: readonly (readonly [string, Requests])[] = [
  [
    'an upload bent',
    async (session, bytes, random) => {
      const request = bentJson(random, {
        bytes: bytes.length,
        sha256: 'a'.repeat(64),
        fileName: 'some.tar',
        backupId: KEY_ID,
      });
      const { status, body } = await session.call('POST', '/v1/uploads', request);
      if (status === 201) await session.call('DELETE', `/v1/uploads/${body.id}`);
    },
  ],
  [
    'odd parts',
    async (session, bytes, random) => {
      const { body, status } = await session.call('POST', '/v1/uploads', { bytes: bytes.length });
      if (status !== 201) return;
      for (let count = 0; count < 4; count += 1) {
        const number = random.pick<string | number>([
          0,
          1,
          2,
          -1,
          '1e9',
          '01',
          'x',
          '%00',
          '..',
          oddNumber(random),
        ]);
        await session.call('POST', `/v1/uploads/${body.id}/parts/${number}`);
        await session.call(
          'PUT',
          `/v1/uploads/${body.id}/parts/${number}`,
          random.pick([bytes, bytes.subarray(1), Buffer.alloc(0), Buffer.concat([bytes, bytes])]),
        );
      }
      await session.call('POST', `/v1/uploads/${body.id}/complete`);
      await session.call('DELETE', `/v1/uploads/${body.id}`);
    },
  ],
  [
    'completed early, twice, and after its end',
    async (session, bytes) => {
      const { body, status } = await session.call('POST', '/v1/uploads', { bytes: bytes.length });
      if (status !== 201) return;
      const complete = () => session.call('POST', `/v1/uploads/${body.id}/complete`);
      await complete();
      await session.call('PUT', `/v1/uploads/${body.id}/parts/1`, bytes);
      const answers = await Promise.all([
        complete(),
        complete(),
        session.call('DELETE', `/v1/uploads/${body.id}`),
      ]);
      for (const answer of answers)
        if (answer.status === 202) await session.ended(`/v1/imports/${answer.body.id}`);
      await complete();
      await session.call('DELETE', `/v1/uploads/${body.id}`);
    },
  ],
  [
    'another hash announced',
    async (session, bytes) => {
      await session.upload(bytes, { sha256: 'b'.repeat(64) });
    },
  ],
  [
    'a key file of rubbish',
    async (session, _bytes, random) => {
      const request: JsonObject = { file: '# Holdfast backup key file\n', password: PASSWORD };
      const bent = bentJson(random, request);
      await session.call('POST', '/v1/keys/upload', isObject(bent) ? bent : request);
    },
  ],
];

const restoredFaults = (
  { components }: RandomArchive,
  targets: Record<string, string>,
  setuid: boolean,
): string[] =>
  process.geteuid?.() === 0
    ? components.flatMap((component) => {
        const target = targets[component.id];
        return component.stream !== undefined || target === undefined || !existsSync(target)
          ? []
          : untruths(target, component, setuid);
      })
    : [];

export const campaign: Campaign = {
  name: 'uploads',
  tries:
    'such archives sent to a server over HTTP, with bent requests: imported, listed, verified, restored, deleted',
  module: import.meta.url,
  casesPerSeed: 40,
  share: 3,
  limits: { megabytes: 300, blockedMs: 200, seconds: 60 },
  prepare: async () => {
    const keys = await newKeys();
    // The key file below makes this second signer known.
    const stranger: Keys = { ...keys, signer: (await newKeys()).signer };
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-uploads-'));
    const server = await WatchedServer.start(folder, {
      installation: 'taker',
      components: [{ id: 'own', kind: 'directory', path: 'source' }],
    });
    const { installation } = server;
    const file = keyFileText({ key: keys.backup, verifyKey: keys.signer.verifyKey, password: PASSWORD });
    const uploaded = await installation.api.post('/v1/keys/upload', {
      file: file.toString(),
      password: PASSWORD,
    });
    if (uploaded.status !== 201) throw new Error(`the key was not taken: ${uploaded.text}`);
    await server.vitals();
    const besides = () => readdirSync(installation.folder).sort().join();
    const before = besides();
    return {
      run: async (random): Promise<CaseReport> => {
        const isStranger = random.chance(3);
        const setuid = random.chance(2);
        const archive = randomArchive(random, isStranger ? stranger : keys);
        const odd = random.chance(3) ? random.pick(oddRequests) : undefined;
        return {
          bends: [
            ...archive.bends,
            ...(odd === undefined ? [] : [odd[0]]),
            ...(isStranger ? ['by a stranger who is trusted'] : []),
          ],
          bytes: archive.bytes,
          judge: async (): Promise<Judgement> => {
            const oddSession = new HttpSession(installation.api);
            if (odd !== undefined) await odd[1](oddSession, archive.bytes, random);
            const session = new HttpSession(installation.api);
            const imported = await session.upload(archive.bytes);
            const targets = Object.fromEntries(
              archive.components
                .filter(({ kind }) => kind === 'directory')
                .map(({ id }) => [id, join(folder, 'restored', id.replaceAll(/[^\w-]/g, '_'))]),
            );
            const faults: string[] = [];
            if (imported?.state === 'SUCCESS') {
              const restored = await session.use(imported.backupId, {
                targets,
                trusted: isStranger,
                setuid,
                ...(archive.passphrase ? { passphrase: PASSPHRASE } : {}),
              });
              if (restored?.state === 'SUCCESS' && !restored.dryRun)
                faults.push(...restoredFaults(archive, targets, setuid));
              await session.call('DELETE', `/v1/backups/${imported.backupId}`);
            }
            rmSync(join(folder, 'restored'), { recursive: true, force: true });
            const now = besides();
            if (now !== before) faults.push(`beside the data folder stands ${now}`);
            if (existsSync(ABSOLUTE)) faults.push(`${ABSOLUTE} was made`);
            const ended =
              imported === undefined || imported.state !== 'SUCCESS' ? 'not imported' : 'imported';
            return {
              ended: `${ended}: ${session.refusals[0] ?? 'nothing refused'}`,
              faults: [...oddSession.faults, ...session.faults, ...faults],
              ...(await server.vitals()),
            };
          },
        };
      },
      [Symbol.asyncDispose]: async () => {
        await installation.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};
