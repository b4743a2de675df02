import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { SqliteCatalog } from '../../../lib/adapters/local/catalog/sqlite-catalog.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { openInstallation } from '../../../lib/operations/upkeep/open-installation.ts';
import { type EmbeddedHost, openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from './temporary-folder.ts';

const newFolder = temporaryFolders();
const opened = (data: string): Promise<EmbeddedHost> =>
  openEmbeddedHost({ data, config: configSchema.parse({}), log: new JsonLogger({ write: () => undefined }) });

/** The data folder of an installation that was started once. */
const usedFolder = async (): Promise<string> => {
  const data = join(await newFolder(), 'data');
  const host = await opened(data);
  await openInstallation(host);
  await host.close();
  return data;
};

const refusal = (what: RegExp) =>
  expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(what) });

describe('an installation whose catalog is lost', () => {
  test('does not start as a new one: a missing or empty catalog beside its key is refused, with the ways out', async () => {
    for (const lose of [(path: string) => rm(path), (path: string) => writeFile(path, '')]) {
      const data = await usedFolder();
      const key = await readFile(join(data, 'installation.key'), 'utf8');
      for (const name of ['catalog.db-wal', 'catalog.db-shm']) await rm(join(data, name), { force: true });
      await lose(join(data, 'catalog.db'));
      for (let attempt = 0; attempt < 2; attempt += 1)
        await expect(opened(data)).rejects.toEqual(
          refusal(/the same folder has .*installation\.key.*Put back a copy.*start again without it/s),
        );
      expect(await readFile(join(data, 'installation.key'), 'utf8')).toBe(key);
    }
  });

  test('is told by its archives alone, and by a catalog that holds nothing', async () => {
    const bare = join(await newFolder(), 'data');
    await mkdir(join(bare, 'archives'), { recursive: true, mode: 0o700 });
    await writeFile(join(bare, 'archives', 'one.tar'), 'x');
    await expect(opened(bare)).rejects.toEqual(refusal(/the same folder has 1 file\(s\) in archives/));

    const emptied = await usedFolder();
    await mkdir(join(emptied, 'archives'), { recursive: true });
    await writeFile(join(emptied, 'archives', 'one.tar'), 'x');
    for (const suffix of ['', '-wal', '-shm'])
      await rm(join(emptied, `catalog.db${suffix}`), { force: true });
    new SqliteCatalog(join(emptied, 'catalog.db')).close();
    await expect(opened(emptied)).rejects.toEqual(refusal(/holds no records/));
  });

  test('is refused with the key file of another installation, and starts again with its own', async () => {
    const [data, other] = [await usedFolder(), await usedFolder()];
    const file = join(data, 'installation.key');
    const own = await readFile(file);
    await writeFile(file, await readFile(join(other, 'installation.key')));
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(opened(data)).rejects.toEqual(
        refusal(/the key file of another installation.*Put back the installation\.key/s),
      );
    await writeFile(file, own);
    await (await opened(data)).close();
  });

  test('differs from a first start that was cut off: that one goes on', async () => {
    const data = join(await newFolder(), 'data');
    // The server makes the key after it creates the catalog and before it writes the first record.
    await (await opened(data)).close();
    const host = await opened(data);
    await openInstallation(host);
    await host.close();
    await (await opened(data)).close();
  });
});
