import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { LogNotifier } from '../../../lib/adapters/any/log-notifier.ts';
import { EnvSecrets } from '../../../lib/adapters/local/env-secrets.ts';
import { SmtpNotifier } from '../../../lib/adapters/local/smtp-notifier.ts';
import { MailSink } from '../../cases/mail-sink.ts';
import { describeNotifier } from '../../contract/notifier.ts';
import { describeSecrets } from '../../contract/secrets.ts';

const log = new JsonLogger({ write: () => undefined });
const nothing = async (): Promise<void> => undefined;

describeSecrets('environment', async () => ({
  secrets: new EnvSecrets({ log, env: { APP_URL: 'postgres://app:hush@db/app' } }),
  known: { reference: { env: 'APP_URL' }, value: 'postgres://app:hush@db/app' },
  unknown: { env: 'OTHER_URL' },
  close: nothing,
}));

describeSecrets('files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'));
  await writeFile(join(folder, 'secret'), 'hush hush\nsecond line\n', { mode: 0o600 });
  return {
    secrets: new EnvSecrets({ log }),
    known: { reference: { file: join(folder, 'secret') }, value: 'hush hush' },
    unknown: { file: join(folder, 'nowhere') },
    close: () => rm(folder, { recursive: true }),
  };
});

describeNotifier('log', async () => {
  const lines: string[] = [];
  return {
    notifier: new LogNotifier(new JsonLogger({ write: (line) => lines.push(line) })),
    told: () => lines,
    close: nothing,
  };
});

describeNotifier('e-mail', async () => {
  const sink = await MailSink.start();
  const notifier = new SmtpNotifier({
    smtp: { env: 'SMTP_URL' },
    to: ['ops@example.com'],
    secrets: new EnvSecrets({ log, env: { SMTP_URL: sink.url } }),
    log,
  });
  return {
    notifier,
    told: () => sink.messages.map((text) => text.replaceAll(/=\r?\n/g, '')),
    close: async () => {
      await notifier.close();
      await sink.close();
    },
  };
});
