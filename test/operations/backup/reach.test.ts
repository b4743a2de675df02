import { expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { createBackupSchema } from '../../../lib/model/requests/backups.ts';
import { requestBackup } from '../../../lib/operations/backup/request-backup.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { restoreComponentFor } from '../../../lib/operations/restore/component/restore-component-for.ts';
import { openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { administrator } from '../../principals.ts';

const folder = temporaryFolders();

/** An embedded host that claims to be AWS. */
const withAwsHost = async (use: (host: OperatingHost) => Promise<void>): Promise<void> => {
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
      requestBackup(host, administrator('ops'), createBackupSchema.parse({})),
    ).rejects.toMatchObject({ code: 'invalid_request', details: { component: 'files', kind: 'directory' } });
    expect((await host.catalog.list('backup')).total).toBe(0);
  }));
