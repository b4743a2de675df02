import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { makeSampleArchive } from '../../archive/samples/sample-archive.ts';
import { type AcceptanceHost, idle } from '../host.ts';
import { sendArchive } from './send-archive.ts';

const passphrase = 'befit-brakeman-footstep-unclasp';
const notes = { segments: [Buffer.alloc(1024)], contents: [[]] };
const newId = (): string => `foreign-${randomUUID()}`;

/** Archives that an installation must refuse, and one valid archive of another version. */
export const describeForeignArchives = (here: () => AcceptanceHost): void => {
  describe('an archive that is sent here', () => {
    test('is refused at once when it is none, is cut, or says what its signer did not [B8] [C11]', async () => {
      const host = here();
      await idle(host);
      const { bytes } = await makeSampleArchive({ passphrase, head: { backupId: newId() } });
      const forged = Buffer.from(bytes);
      // Changes the year of `completedAt` in the signed description.
      forged.write('21', forged.lastIndexOf('"completedAt":"20') + '"completedAt":"'.length);
      const bad = {
        archive_not_recognised: Buffer.alloc(bytes.length, 'no archive'),
        archive_cut: bytes.subarray(0, -2_000),
        archive_signature_invalid: forged,
      };
      for (const [code, sent] of Object.entries(bad))
        expect(await sendArchive(host, sent)).toMatchObject({ status: 422, code });
    }, 120_000);

    test('is refused when two of its pieces are exchanged: FAILED, and nothing of it stays [B8]', async () => {
      const host = here();
      await idle(host);
      const before = await host.stored();
      const { frames, bytes, head, members } = await makeSampleArchive({
        passphrase,
        head: { backupId: newId() },
      });
      const [one, two] = members.flatMap(({ name }, index) =>
        /components\/database\/.*\.age$/.test(name) && !name.includes('contents') ? [index] : [],
      );
      const swapped = [...frames];
      if (one === undefined || two === undefined) throw new Error('the sample has no two segments');
      [swapped[one], swapped[two]] = [frames[two] as Buffer, frames[one] as Buffer];
      const whole = Buffer.concat(swapped);
      const end = bytes.subarray(whole.length);
      const imported = await sendArchive(host, Buffer.concat([whole, end]));
      expect(JSON.stringify(imported)).toMatch(/archive_|not what the signed manifest says/);
      expect(imported.state ?? 'FAILED').toBe('FAILED');
      expect((await host.api.get(`/v1/backups/${head.backupId}`)).status).toBe(404);
      await idle(host);
      expect(await host.stored()).toEqual(before);
    }, 120_000);

    test('of a newer version restores nothing: refused before anything is touched, unless forced, which is recorded [U3] [C12]', async () => {
      const host = here();
      const { api } = host;
      await idle(host);
      const { bytes, head, signing } = await makeSampleArchive({
        ...{ passphrase, components: { notes } },
        head: { productVersion: '0.2.0', backupId: newId() },
      });
      expect(await sendArchive(host, bytes)).toMatchObject({ state: 'SUCCESS', backupId: head.backupId });
      await api.post('/v1/verify-keys', { installation: 'acme', publicKey: signing.verifyKey });
      const target = host.newTarget('newer');
      const request = { targets: { notes: target }, passphrase };
      const path = `/v1/backups/${head.backupId}/restores`;
      const refused = await api.post(path, request);
      expect([refused.status, refused.body.code]).toEqual([409, 'incompatible_version']);
      expect(refused.body.detail).toContain('0.2.0');
      const restores = (await api.get('/v1/restores?limit=1000')).body.resources;
      expect(restores).not.toContainEqual(expect.objectContaining({ backupId: head.backupId }));
      await idle(host);
      const forced = await api.post(path, { ...request, force: true, dryRun: true });
      expect([forced.status, forced.body.detail]).toEqual([202, undefined]);
      const ended = await api.ended(`/v1/restores/${forced.body.id}`, host.seconds);
      expect(ended).toMatchObject({ state: 'SUCCESS', force: true, dryRun: true });
    }, 120_000);
  });
};
