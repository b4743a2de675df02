import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { follow } from '../archive/recover/follow-recover.ts';
import { differences, writeTree } from '../cases/files.ts';
import { Installation } from '../cases/installation.ts';
import { sendParts } from '../cases/transfer/transfers.ts';
import { testWith } from '../tools/debian-tools.ts';
import { type Finished, holdfast, jsonLines } from './run-holdfast.ts';

const password = 'a password for the journey';
const passphrase = 'befit-brakeman-footstep-unclasp';

let a: Installation;
let b: Installation;

beforeAll(async () => {
  [a, b] = await Promise.all([
    Installation.start({
      config: () => ({
        installation: 'berlin',
        components: [{ id: 'files', kind: 'directory', path: 'source' }],
      }),
    }),
    Installation.start({ config: () => ({ installation: 'lisbon' }) }),
  ]);
  await writeTree(a.path('source'), { 'a.txt': 'alpha', 'deep/b.bin': Buffer.alloc(100_000, 'b') });
  // Large enough that an upload has several parts.
  await writeTree(a.path('source'), { 'large.bin': randomBytes(9_000_000) });
  for (const each of [a, b]) {
    writeFileSync(each.path('password'), `${password}\n`, { mode: 0o600 });
    writeFileSync(each.path('passphrase'), `${passphrase}\n`, { mode: 0o600 });
    writeFileSync(each.path('wrong'), 'not at all the password\n', { mode: 0o600 });
  }
}, 60_000);
afterAll(() => Promise.all([a.close(), b.close()]));

/** Runs a command as a user of that installation. */
const at = (where: Installation, ...args: string[]): Promise<Finished> =>
  holdfast(args, { cwd: where.folder, env: { HOLDFAST_DATA: where.data } });
const result = async (where: Installation, ...args: string[]): Promise<Record<string, unknown>> => {
  const { code, out, err } = await at(where, ...args, '--json');
  if (code !== 0) throw new Error(`${args.join(' ')}: exit ${code}: ${err}`);
  return jsonLines(out).find(({ type }) => type === 'result') ?? {};
};

describe('keys at the command line [C3] [C10]', () => {
  test('are made, listed, shown, made the default, deleted', async () => {
    const made = await at(a, 'key', 'create', '--default');
    expect(made.code).toBe(0);
    const [id = ''] = /key-[0-9a-f-]{36}/.exec(made.out) ?? [];
    expect(made.out).toMatch(/^default +yes$/m);
    expect(made.err).toContain(`holdfast key download ${id}`);
    const listed = await at(a, 'key', 'list', '--scope', 'system');
    expect(listed.out).toMatch(/^ID +CREATED +SCOPE +DEFAULT/);
    expect(listed.out).toContain(id);
    expect((await at(a, 'key', 'show', id)).out).toContain(id);
    const second = await result(a, 'key', 'create', '--post-quantum');
    expect(second).toMatchObject({ postQuantum: true, isDefault: false });
    expect((await at(a, 'key', 'default', String(second.id))).out).toMatch(/^default +yes$/m);
    const unasked = await at(a, 'key', 'delete', id);
    expect([unasked.code, unasked.err]).toEqual([2, expect.stringContaining('--yes')]);
    expect((await at(a, 'key', 'delete', id, '--yes')).code).toBe(0);
    expect((await at(a, 'key', 'show', id)).code).toBe(4);
    // The default key cannot be deleted.
    expect((await at(a, 'key', 'delete', String(second.id), '--yes')).code).toBe(1);
    await result(a, 'key', 'create', '--default');
  }, 60_000);

  test('are transferred in a file: written for the owner only, inspected without its password, uploaded with it; exit code 12 for a wrong one', async () => {
    const [key] = Object(await result(a, 'key', 'list', '--scope', 'system')).resources;
    const file = a.path('transferred.key');
    const args = ['key', 'download', key.id, '--file', file, '--password-file', a.path('password')];
    expect((await at(a, ...args, '--hint', 'the usual')).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await at(a, ...args);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('already exists')]);

    // This command needs no server and no password.
    const inspected = await holdfast(['key', 'inspect', '--file', file], {
      env: { HOLDFAST_DATA: '/nowhere' },
    });
    expect(inspected.code).toBe(0);
    for (const [name, value] of [
      ['version', '1'],
      ['key', key.id],
      ['scope', 'system'],
      ['hint', 'the usual'],
      ['installation', 'berlin'],
    ])
      expect(inspected.out).toMatch(new RegExp(`^${name} +${value}$`, 'm'));
    expect(inspected.out).toMatch(/^created +\d{4}-/m);

    const wrong = await at(b, 'key', 'upload', '--file', file, '--password-file', b.path('wrong'));
    expect([wrong.code, wrong.out]).toEqual([12, '']);
    const uploaded = await at(b, 'key', 'upload', '--file', file, '--password-file', b.path('password'));
    expect(uploaded.code).toBe(0);
    expect(uploaded.out).toMatch(/^imported from +berlin$/m);
    expect(uploaded.err).toContain('Archives signed by berlin are trusted');

    writeFileSync(a.path('cut.key'), readFileSync(file, 'utf8').slice(0, -40));
    const cut = await at(b, 'key', 'upload', '--file', a.path('cut.key'));
    expect([cut.code, cut.err]).toEqual([1, expect.stringContaining('its end is missing')]);
  }, 90_000);
});

describe('archives at the command line [C11] [T3] [T5]', () => {
  test('are downloaded, inspected, uploaded and restored elsewhere with the key that went before', async () => {
    const made = await result(a, 'backup', 'create', '--wait');
    const id = String(made.id);
    const [key] = Object(await result(a, 'key', 'list', '--scope', 'system')).resources;
    const keyFile = a.path('second.key');
    await result(a, 'key', 'download', key.id, '--file', keyFile, '--password-file', a.path('password'));
    const uploaded = await at(b, 'key', 'upload', '--file', keyFile, '--password-file', b.path('password'));
    expect([0, 1]).toContain(uploaded.code);

    const file = a.path('transferred.tar');
    expect((await at(a, 'backup', 'download', id, '--output', file)).code).toBe(0);
    const inspected = await holdfast(['backup', 'inspect', '--file', file], {
      env: { HOLDFAST_DATA: '/nowhere' },
    });
    expect(inspected.code).toBe(0);
    expect(inspected.out).toContain(id);

    const sent = await at(b, 'backup', 'upload', '--file', file);
    expect([sent.code, sent.err]).toEqual([0, expect.stringContaining('done')]);
    expect(sent.err).not.toMatch(/Warning/);
    expect(sent.out).toMatch(/^imported +from berlin$/m);
    // The archive's own instructions may be false, so the output names ours.
    expect(sent.out).toMatch(
      /^RECOVER\.md +written by whoever made the archive.*"holdfast recover-script"$/m,
    );
    expect((await at(a, 'backup', 'show', id)).out).not.toContain('RECOVER.md');
    const again = await at(b, 'backup', 'upload', '--file', file);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('already exists here')]);
    const restored = await at(b, 'backup', 'restore', id, '--to', `files=${b.path('restored')}`, '--wait');
    expect(restored.code).toBe(0);
    expect(differences(a.path('source'), b.path('restored'))).toBe('');

    writeFileSync(a.path('bad.tar'), readFileSync(file).fill('x', 5000, 5010));
    const bad = await at(b, 'backup', 'upload', '--file', a.path('bad.tar'));
    expect(bad.code).toBe(1);
    expect(bad.err).toMatch(/take another copy/);
    expect((await at(b, 'backup', 'upload', '--file', a.path('nowhere.tar'))).code).toBe(4);
  }, 90_000);

  testWith(
    'age',
    'openssl',
    'script',
    'tar',
    'zstd',
  )(
    'are restored from a download and a key file by the commands of recover-script, without Holdfast [B5]',
    async () => {
      const made = await result(a, 'backup', 'create', '--wait');
      const { keyId } = Object(made.encryption);
      const [archive, keyFile] = [a.path('by-hand.tar'), a.path('by-hand.key')];
      const downloaded = await at(a, 'backup', 'download', String(made.id), '--output', archive);
      expect([downloaded.code, downloaded.err]).toEqual([0, expect.stringContaining('recover-script')]);
      await result(a, 'key', 'download', keyId, '--file', keyFile, '--password-file', a.path('password'));
      const { out: commands } = await holdfast(['recover-script']);
      const cwd = a.path('by-hand');
      mkdirSync(cwd);
      const { status } = follow({
        commands,
        cwd,
        variables: { ARCHIVE: archive, KEY: keyFile },
        typed: password,
      });
      expect(status).toBe(0);
      expect(differences(a.path('source'), `${cwd}/restored/files`)).toBe('');
    },
    90_000,
  );

  test('go on where an upload broke off, and may be sealed anew on trust, which is recorded', async () => {
    const made = await result(a, 'backup', 'create', '--wait', '--passphrase-file', a.path('passphrase'));
    const id = String(made.id);
    const file = a.path('resumed.tar');
    await result(a, 'backup', 'download', id, '--output', file);
    const bytes = readFileSync(file);
    const c = await Installation.start({ config: () => ({ installation: 'faro' }) });
    try {
      // The state that an upload command leaves when it is killed before its last part.
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const begun = await c.api.post('/v1/uploads', { bytes: bytes.length, sha256, backupId: id });
      await sendParts(c.api, begun.body, bytes, begun.body.parts - 1);
      const sent = await at(c, 'backup', 'upload', '--file', file);
      expect([sent.code, sent.err]).toEqual([0, expect.stringContaining('continuing an earlier upload')]);
      expect((await c.api.get(`/v1/uploads/${begun.body.id}`)).status).toBe(404);

      const opened = ['--passphrase-file', a.path('passphrase')];
      expect((await at(c, 'backup', 'reseal', id, ...opened)).code).toBe(5);
      // The command cannot ask a question here, so it prints a command that names what to trust.
      const unsaid = await at(c, 'backup', 'reseal', id, ...opened, '--trust');
      expect(unsaid.code).toBe(2);
      const [, command = ''] = / If you trust that signer: holdfast (.*)$/m.exec(unsaid.err) ?? [];
      expect(command).toContain(`backup reseal ${id} --passphrase-file`);
      const shown = (await at(c, 'backup', 'show', id)).out;
      expect(shown).toContain(/--trust \S+/.exec(command)?.[0]);
      expect((await at(c, ...command.split(' '))).code).toBe(0);
      const { body } = await c.api.get(`/v1/backups/${id}`);
      expect(body).toMatchObject({ signature: 'trusted', trustedSigner: { by: 'command line' } });

      // The key that the backup is sealed to can be deleted only by force, and the command names the backup.
      const { keyId } = body.encryption;
      expect((await at(c, 'key', 'create', '--default')).code).toBe(0);
      const refused = await at(c, 'key', 'delete', keyId, '--yes');
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(id)]);
      expect((await at(c, 'key', 'delete', keyId, '--yes', '--force')).code).toBe(1);
      expect((await at(c, 'key', 'delete', keyId, '--yes', '--force', '--backup', id)).code).toBe(0);
    } finally {
      await c.close();
    }
  }, 180_000);

  test('of an unknown signer are refused with the way to import its key, then sealed to a key of their new home', async () => {
    const c = await Installation.start({ config: () => ({ installation: 'porto' }) });
    try {
      const made = await result(a, 'backup', 'create', '--wait', '--passphrase-file', a.path('passphrase'));
      const id = String(made.id);
      const file = a.path('passphrase.tar');
      await result(a, 'backup', 'download', id, '--output', file);
      const sent = await at(c, 'backup', 'upload', '--file', file);
      expect([sent.code, sent.err]).toEqual([0, expect.stringContaining('signer is not known here')]);
      const restore = ['backup', 'restore', id, '--to', `files=${c.path('restored')}`, '--wait'];
      const opened = ['--passphrase-file', a.path('passphrase')];
      const refused = await at(c, ...restore, ...opened);
      expect([refused.code, refused.err]).toEqual([5, expect.stringContaining('holdfast verify-key import')]);
      expect((await at(c, 'backup', 'show', id)).out).toMatch(/^signer +not known here/m);

      const line = (await at(a, 'verify-key', 'show')).out;
      expect(line).toMatch(/^holdfast-verify-key \S{44} berlin\n$/);
      writeFileSync(c.path('berlin.pub'), line);
      expect((await at(c, 'verify-key', 'import', '--file', c.path('berlin.pub'))).code).toBe(0);
      expect((await at(c, 'verify-key', 'list')).out).toMatch(/ porto \(this one\) [\s\S]* berlin /);
      expect((await at(c, 'verify-key', 'import', 'nonsense')).code).toBe(2);

      const wrong = await at(c, 'backup', 'reseal', id, '--passphrase-file', a.path('wrong'));
      expect(wrong.code).toBe(12);
      const sealed = await at(c, 'backup', 'reseal', id, ...opened);
      expect([sealed.code, sealed.out]).toEqual([0, expect.stringMatching(/is sealed to backup key key-/)]);
      expect((await at(c, ...restore)).code).toBe(0);
      expect(differences(a.path('source'), c.path('restored'))).toBe('');

      const [own] = Object(await result(c, 'verify-key', 'list')).resources;
      expect((await at(c, 'verify-key', 'delete', own.id, '--yes')).code).toBe(1);
    } finally {
      await c.close();
    }
  }, 120_000);
});
