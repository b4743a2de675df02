/** The acceptance suite on the embedded host. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { JsonLogger } from '../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../lib/model/config/config.ts';
import { runSchedule } from '../../lib/operations/schedules/scheduled-backup.ts';
import { type RunningServer, startServer } from '../../lib/runtimes/server/server.ts';
import { Api } from '../acceptance/api.ts';
import type { AcceptanceHost } from '../acceptance/host.ts';
import { describeAcceptance } from '../acceptance/suite.ts';
import { differences, writeSlowFile, writeTree } from './files.ts';
import { MailSink } from './mail-sink.ts';

let folder: string;
let mail: MailSink;
let server: RunningServer;
let host: AcceptanceHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-acceptance-'));
  mail = await MailSink.start();
  process.env.ACCEPTANCE_SMTP_URL = mail.url;
  const path = (...parts: string[]): string => join(folder, ...parts);
  await writeTree(path('uploads'), {
    'docs/letter.txt': 'Dear all,',
    'docs/ümläut and space.txt': 'grüße',
    empty: '',
    large: randomBytes(40_000_000),
  });
  await writeTree(path('orders'), { 'order-7.json': '{}' });
  await writeSlowFile(path('slow', 'zeros'));
  const components = ['uploads', 'orders'];
  server = await startServer({
    data: path('data'),
    config: configSchema.parse({
      components: [...components, 'slow'].map((id) => ({ id, kind: 'directory', path: path(id) })),
      schedules: [{ id: 'nightly', cron: '0 3 * * *', label: 'nightly', components }],
      notifications: {
        email: { to: ['ops@example.com'], smtp: { env: 'ACCEPTANCE_SMTP_URL' } },
        rules: [{ events: ['*'], channels: ['*'] }],
      },
    }),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    takeAdminToken: () => undefined,
  });
  const api = new Api(server.url, (await readFile(path('data', 'cli.token'), 'utf8')).trim());
  host = {
    api,
    seconds: 60,
    wrongToken: 401,
    components,
    long: { components: ['slow'] },
    listed: { component: 'uploads', path: 'letter.txt' },
    targets: Object.fromEntries(components.map((id) => [id, path('restored', id)])),
    expectRestored: async () => {
      for (const id of components) expect(differences(path(id), path('restored', id))).toBe('');
    },
    fetchArchive: async (url) => {
      const response = await fetch(`${api.url}${url}`, { headers: { authorization: `Bearer ${api.token}` } });
      return Buffer.from(await response.arrayBuffer());
    },
    stored: () => filesBelow(path('data', 'archives')),
    mails: async () => mail.messages,
    fire: async (at) => {
      await runSchedule(server.host, { scheduleId: 'nightly', at: new Date(at) });
    },
    execution: (_kind, operationId) => server.host.workflow.status(operationId),
  };
});
afterAll(async () => {
  await server?.close();
  await mail?.close();
  await rm(folder, { recursive: true, force: true });
});

const filesBelow = async (place: string): Promise<string[]> => {
  if (!existsSync(place)) return [];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => basename(name));
};

describeAcceptance(() => host);
