import { expect, test } from '@jest/globals';
import { openEmbeddedHost } from '../../lib/hosts/embedded/embedded-host.ts';
import { JsonLogger } from '../../lib/hosts/json-logger.ts';
import { configSchema } from '../../lib/model/config.ts';
import { createBackupSchema } from '../../lib/model/requests.ts';
import { requestBackup } from '../../lib/operations/backup/request-backup.ts';
import { restoreComponentFor } from '../../lib/operations/restore/restore-component-for.ts';
import type { Host } from '../../lib/ports/host.ts';
import { temporaryFolders } from '../hosts/embedded/temporary-folder.ts';

const folder = temporaryFolders();

/** A host that says it is AWS. */
const withAwsHost = async (use: (host: Host) => Promise<void>): Promise<void> => {
  const host = await openEmbeddedHost({
    data: await folder(),
    config: configSchema.parse({ components: [{ id: 'files', kind: 'directory', path: '/srv/files' }] }),
    log: new JsonLogger({ pretty: false, write: () => undefined }),
  });
  try {
    await use(Object.create(host, { name: { value: 'aws' } }));
  } finally {
    await host.close();
  }
};

test.each([
  ['directory', '/tmp/restored'],
  ['postgres', 'env:URL'],
])('a restore of kind %s is refused on AWS: it would end on a disk that is gone', (kind, target) =>
  withAwsHost(async (host) => {
    expect(() => restoreComponentFor(host, { id: 'files', kind, target })).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringContaining(`is of kind ${kind}, which Lambda functions cannot reach`),
      }),
    );
    expect(restoreComponentFor(host, { id: 'up', kind: 's3', target: 'bucket' }).target).toBe('bucket');
  }),
);

test('so is a backup, before anything is begun', () =>
  withAwsHost(async (host) => {
    await expect(
      requestBackup(host, { name: 'ops', role: 'administrator' }, createBackupSchema.parse({})),
    ).rejects.toMatchObject({ code: 'invalid_request', details: { component: 'files', kind: 'directory' } });
    expect((await host.catalog.list('backup')).total).toBe(0);
  }));
