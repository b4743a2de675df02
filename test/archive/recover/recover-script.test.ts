/** The commands that `holdfast recover-script` prints: one script for every archive of format 1. */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { decryptBytes } from '../../../lib/archive/age/age-header.ts';
import { sealKeyFile } from '../../../lib/archive/keys/backup-key-file.ts';
import { generateSigningKey } from '../../../lib/archive/keys/signature.ts';
import { recoverScript, recoverText } from '../../../lib/archive/writer/recover.ts';
import { testWith } from '../../tools/debian-tools.ts';
import { installModernAge } from '../../tools/modern-age.ts';
import { makeSampleArchive, type SampleArchive, sha256 } from '../samples/sample-archive.ts';
import { treeListing } from '../samples/sample-tree.ts';
import { commandsIn, type Followed, type FollowOptions, follow as followCommands } from './follow-recover.ts';

jest.setTimeout(60_000);

const fixtures = join(import.meta.dirname, '../../fixtures/archive-v1');
const golden = JSON.parse(readFileSync(join(fixtures, 'golden.json'), 'utf8'));
const tools = ['tar', 'age', 'zstd', 'openssl', 'sha256sum'] as const;
const modern = await installModernAge();

let folder: string;
let sample: SampleArchive;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-recover-script-'));
  sample = await makeSampleArchive();
  writeFileSync(at('sample.hfa'), sample.bytes);
  writeFileSync(at('sample.key'), `${sample.backupKey.identity}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]): string => join(folder, ...names);

const freshFolder = (name: string): string => {
  mkdirSync(at(name));
  return at(name);
};

const follow = (
  cwd: string,
  variables: Readonly<Record<string, string>>,
  how: Partial<FollowOptions> = {},
): Followed => followCommands({ commands: recoverScript(), cwd, variables, ...how });

const ofSample = () => ({
  ARCHIVE: at('sample.hfa'),
  KEY: at('sample.key'),
  VERIFY_KEY: sample.signing.verifyKey,
});

const recovered = { status: 0, stdout: expect.stringContaining('Recovered: '), stderr: '' };
const stopped = (sentence: string) => ({
  status: 1,
  stderr: expect.stringMatching(new RegExp(`^Stopped: .*${sentence}[^]*\nNOT RECOVERED: .*\n$`)),
});

describe('the golden archives are restored by today’s commands, whatever their own RECOVER.md says: [B5]', () => {
  const expectGolden = (cwd: string): void => {
    expect(treeListing(join(cwd, 'restored/files'))).toEqual(golden.tree);
    const stream = readFileSync(join(cwd, 'restored/database/database.dump'));
    expect({ bytes: stream.length, sha256: sha256(stream) }).toEqual(golden.stream);
  };
  const variables = (name: string, identity?: string) => {
    if (identity !== undefined) writeFileSync(at(`${name}.key`), `${golden.identities[identity]}\n`);
    return {
      ARCHIVE: join(fixtures, name),
      VERIFY_KEY: golden.verifyKey,
      ...(identity === undefined ? {} : { KEY: at(`${name}.key`) }),
    };
  };

  testWith(...tools).each(['key.hfa', 'run-on.hfa'])('%s', (name) => {
    const cwd = freshFolder(name);
    expect(follow(cwd, variables(name, 'golden-key'))).toMatchObject(recovered);
    expectGolden(cwd);
  });

  testWith(...tools, 'script')('passphrase.hfa', () => {
    const cwd = freshFolder('passphrase.hfa');
    const { status } = follow(cwd, variables('passphrase.hfa'), { typed: golden.passphrase });
    expect(status).toBe(0);
    expectGolden(cwd);
  });

  (modern === undefined ? test.skip : testWith(...tools))('post-quantum.hfa, with age 1.3 [B19]', () => {
    const cwd = freshFolder('post-quantum.hfa');
    const given = variables('post-quantum.hfa', 'golden-post-quantum-key');
    expect(follow(cwd, given, { path: `${modern}:/usr/bin:/bin` })).toMatchObject(recovered);
    expectGolden(cwd);
  });

  testWith(...tools)('hsm.hfa, once its key service opened key.kms [C8]', async () => {
    const cwd = freshFolder('hsm.hfa');
    const given = variables('hsm.hfa');
    const sentence = 'key\\.kms lies here now: .* archive\\.identity';
    expect(follow(cwd, given)).toMatchObject(stopped(sentence));
    expect(readdirSync(cwd)).toEqual(['key.kms']);
    const identities = [golden.identities['golden-service-key']];
    const opened = await decryptBytes(readFileSync(join(cwd, 'key.kms')), { identities });
    writeFileSync(join(cwd, 'archive.identity'), opened);
    expect(follow(cwd, given)).toMatchObject(recovered);
    expectGolden(cwd);
    expect(readdirSync(cwd).sort()).toEqual(['key.kms', 'restored']);
  });

  testWith(...tools)('hsm.hfa leaves key.kms where it says, not behind a link', () => {
    const cwd = freshFolder('hsm.hfa-link');
    symlinkSync('../elsewhere', join(cwd, 'key.kms'));
    expect(follow(cwd, variables('hsm.hfa'))).toMatchObject(stopped('key\\.kms'));
    expect(readdirSync(folder)).not.toContain('elsewhere');
  });
});

describe('the verify key', () => {
  const without = () => ({ ARCHIVE: at('sample.hfa'), KEY: at('sample.key') });

  testWith(...tools)('that nobody gave is shown, and nothing is done [B8]', () => {
    const cwd = freshFolder('no-verify-key');
    const { verifyKey } = sample.signing;
    expect(follow(cwd, without())).toMatchObject({
      ...stopped(`export VERIFY_KEY=${verifyKey.replace(/[+]/g, '\\+')}`),
      stdout: `Its verify key: ${verifyKey}\n`,
    });
    expect(readdirSync(cwd)).toEqual([]);
  });

  testWith(...tools)('has to be the one that was given, alone or as verify-key show prints it [B8]', () => {
    const other = generateSigningKey().verifyKey;
    const cwd = freshFolder('other-verify-key');
    for (const VERIFY_KEY of [other, sample.signing.verifyKey.slice(1), `x${sample.signing.verifyKey}`, '*'])
      expect(follow(cwd, { ...without(), VERIFY_KEY })).toMatchObject(stopped('somebody else'));
    expect(follow(cwd, { ...without(), VERIFY_KEY: '' })).toMatchObject(stopped('export VERIFY_KEY='));
    expect(readdirSync(cwd)).toEqual([]);
    const line = `holdfast-verify-key ${sample.signing.verifyKey} acme`;
    expect(follow(cwd, { ...without(), VERIFY_KEY: line })).toMatchObject(recovered);
  });

  testWith(...tools, 'script')(
    'is taken from a Holdfast key file, once its password vouches for it [B8]',
    async () => {
      const password = 'correct horse battery staple';
      const facts = {
        format: 1 as const,
        keyId: 'backup-key-1',
        scope: 'system' as const,
        domain: 'root',
        createdAt: '2026-11-20T03:00:00Z',
        hint: 'größer, a "verifyKey":"of my own"',
        installation: 'acme',
        verifyKey: sample.signing.verifyKey,
        recipient: sample.backupKey.recipient,
      };
      const file = await sealKeyFile(facts, sample.backupKey.identity, password);
      const tryWith = (name: string, text: string, more: Readonly<Record<string, string>> = {}) => {
        writeFileSync(at(`${name}.key`), text);
        const cwd = freshFolder(name);
        const given = { ARCHIVE: at('sample.hfa'), KEY: at(`${name}.key`), ...more };
        return { cwd, ...follow(cwd, given, { typed: password }) };
      };
      expect(tryWith('key-file', file)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('Recovered'),
      });

      const forged = await makeSampleArchive();
      const elsewhere = tryWith('key-file-forged', file, { ARCHIVE: writeAt('forged.hfa', forged.bytes) });
      expect(elsewhere).toMatchObject({ status: 1, stdout: expect.stringContaining('somebody else') });

      // An attacker who changes both the archive and the key file does not know the password.
      const changed = file.replace(sample.signing.verifyKey, forged.signing.verifyKey);
      const sealedToUs = await makeSampleArchive({ signing: forged.signing, backupKey: sample.backupKey });
      const both = { ARCHIVE: writeAt('sealed-to-us.hfa', sealedToUs.bytes) };
      for (const [n, more] of [both, { ...both, VERIFY_KEY: '' }].entries()) {
        const { cwd, status, stdout } = tryWith(`key-file-changed-${n}`, changed, more);
        expect([status, stdout]).toEqual([1, expect.stringContaining('clear lines of KEY were changed')]);
        expect(readdirSync(cwd)).toEqual([]);
      }

      // A changed hint does not stop the owner from recovering the backup.
      const hint = file.replace('of my own', 'of nobody');
      const known = { VERIFY_KEY: sample.signing.verifyKey };
      expect(tryWith('key-file-hint', hint, known)).toMatchObject({ status: 0 });
    },
  );
});

const writeAt = (name: string, bytes: Uint8Array): string => {
  writeFileSync(at(name), bytes);
  return at(name);
};

describe('what the person gives', () => {
  testWith(...tools).each(['-rf', 'host:archive', '-', '--to-command=id', 'a b\n[c]*$(id)', '[ -f x'])(
    'an archive may be called %j',
    (name) => {
      const cwd = freshFolder(`named ${sha256(Buffer.from(name))}`);
      writeFileSync(join(cwd, name), sample.bytes);
      writeFileSync(join(cwd, '-k'), `${sample.backupKey.identity}\n`);
      const given = { ARCHIVE: name, KEY: '-k', VERIFY_KEY: sample.signing.verifyKey };
      expect(follow(cwd, given)).toMatchObject(recovered);
    },
  );

  testWith(...tools)('is refused before anything is read of it: a folder, a pipe, nothing', () => {
    const cwd = freshFolder('no-archive');
    spawnSync('mkfifo', [at('pipe')]);
    for (const ARCHIVE of [folder, at('pipe'), at('none'), ''])
      expect(follow(cwd, { ...ofSample(), ARCHIVE }, { timeoutMs: 5000 })).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^Stopped: export ARCHIVE/),
      });
    for (const KEY of [folder, at('pipe'), at('none'), ''])
      expect(follow(cwd, { ...ofSample(), KEY }, { timeoutMs: 5000 })).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^Stopped: KEY is to be/),
      });
    expect(follow(cwd, {})).toMatchObject({ status: 1 });
    expect(readdirSync(cwd)).toEqual([]);
  });

  testWith(...tools)('a folder that has restored already, or a link of that name, is left as it is', () => {
    for (const [name, make] of [
      ['has-folder', (path: string) => mkdirSync(path)],
      ['has-link', (path: string) => symlinkSync('../outside', path)],
    ] as const) {
      const cwd = freshFolder(name);
      make(join(cwd, 'restored'));
      expect(follow(cwd, ofSample())).toMatchObject({
        status: 1,
        stderr: 'Stopped: restored is here already: go to another folder\n',
      });
      expect(readdirSync(cwd)).toEqual(['restored']);
    }
    expect(readdirSync(at('has-folder/restored'))).toEqual([]);
    expect(readdirSync(folder)).not.toContain('outside');
  });

  testWith(...tools)('files of any name in the folder are neither followed nor changed', () => {
    const cwd = freshFolder('has-scratch');
    const names = ['statement', 'signature', 'verify.der', 'members', 'list', 'key', 'identity', 'plain'];
    for (const name of names) symlinkSync('../outside', join(cwd, name));
    expect(follow(cwd, ofSample())).toMatchObject(recovered);
    for (const name of names) expect(readlinkSync(join(cwd, name))).toBe('../outside');
    expect(readdirSync(folder)).not.toContain('outside');
  });

  testWith(...tools)('a tool that is missing, or another one, is named at once', () => {
    const cwd = freshFolder('no-tool');
    const path = freshFolder('programs');
    for (const name of ['bash', 'cmp', 'find', 'grep', 'openssl', 'sed', 'sha256sum', 'tar', 'xargs', 'zstd'])
      symlinkSync(`/usr/bin/${name}`, join(path, name));
    expect(follow(cwd, ofSample(), { path })).toMatchObject({
      status: 1,
      stderr: 'Stopped: install age first\n',
    });
    symlinkSync('/usr/bin/age', join(path, 'age'));
    for (const [name, says, sentence] of [
      ['tar', 'bsdtar 3.7', "install GNU's tar first: this is another one"],
      ['openssl', 'LibreSSL 3.3.6', 'install openssl 3 first: this is LibreSSL 3.3.6'],
    ] as const) {
      rmSync(join(path, name));
      writeFileSync(join(path, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
      const { status, stderr } = follow(cwd, ofSample(), { path });
      expect([status, stderr]).toEqual([1, `Stopped: ${sentence}\n`]);
      rmSync(join(path, name));
      symlinkSync(`/usr/bin/${name}`, join(path, name));
    }
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('the script', () => {
  test('is docs/recover.sh, and the commands of every RECOVER.md', () => {
    // If this fails, run: node bin/holdfast.js recover-script > docs/recover.sh
    const shipped = readFileSync(join(import.meta.dirname, '../../../docs/recover.sh'), 'utf8');
    expect(shipped).toBe(recoverScript());
    // The script is plain ASCII, so copying it from any terminal gives the same bytes.
    expect(shipped).toMatch(/^[\x20-\x7e\n]+$/);
    const withoutComments = recoverScript()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const components = [{ id: 'a', kind: 'postgres', layout: 'stream' }] as const;
    for (const facts of [{ components: [] }, { components, keyServiceCommand: 'open' }])
      expect(commandsIn(recoverText(sample.head, facts)).split('\n').filter(Boolean)).toEqual(
        withoutComments,
      );
  });

  test('is what the command prints, without a server; as JSON where that is asked for', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['bin/holdfast.js', 'recover-script', ...args], {
        encoding: 'utf8',
        env: { ...process.env, HOLDFAST_DATA: at('nowhere'), HOLDFAST_URL: 'http://127.0.0.1:1' },
      });
    expect(run()).toMatchObject({ status: 0, stdout: recoverScript(), stderr: '' });
    const { stdout } = run('--json');
    expect(JSON.parse(stdout)).toEqual({ type: 'result', script: recoverScript() });
    expect(run('extra').status).toBe(2);
  });
});
