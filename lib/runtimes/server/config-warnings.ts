/** What a configuration names and an embedded installation does not find now: shown by its check and at the start. */
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { parseSmtpUrl } from '../../adapters/local/smtp-notifier.ts';
import type { SecretReference } from '../../model/components/common-settings.ts';
import { sourceOf } from '../../model/components/component-table.ts';
import type { Config } from '../../model/config/config.ts';
import { triggerWarnings } from '../../model/config/trigger-settings.ts';
import { HoldfastError, shortErrorOf } from '../../model/errors.ts';
import { scheduleWarnings } from '../../model/schedules/schedule-warnings.ts';
import type { Secrets } from '../../ports/secrets.ts';

/**
 * How long the check waits for a mail server's connection; a slower server gets a warning. Mails wait longer for it.
 */
const CONNECT_MILLISECONDS = 3000;

/** The warnings, a sentence each. Takes at most some seconds. */
export const configWarnings = async (
  config: Config,
  { secrets, now }: { readonly secrets: Secrets; readonly now: Date },
): Promise<string[]> => {
  const { email } = config.notifications;
  const found = await Promise.all([
    ...config.components.map(async (component) => {
      const what = `component "${component.id}"`;
      const { folder, secret } = sourceOf(component);
      if (folder !== undefined) return await folderWarning(`${what}: its path`, folder);
      return secret === undefined ? [] : await secretWarning(what, secret, secrets);
    }),
    ...config.backupPaths.map((path) => folderWarning('backupPaths: the place', path)),
    ...config.triggers.flatMap((trigger) =>
      trigger.kind === 'webhook'
        ? trigger.secrets.map((secret) => secretWarning(`trigger "${trigger.id}"`, secret, secrets))
        : [],
    ),
    email?.smtp === undefined ? [] : mailWarning(email.smtp, secrets),
  ]);
  return [...found.flat(), ...scheduleWarnings(config.schedules, now), ...triggerWarnings(config.triggers)];
};

const folderWarning = async (what: string, path: string): Promise<string[]> => {
  try {
    if ((await stat(path)).isDirectory()) return [];
    return [`${what} ${path} is not a folder`];
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    return [`${what} ${path} ${why}: create it, or correct the configuration`];
  }
};

const secretWarning = async (whose: string, secret: SecretReference, secrets: Secrets): Promise<string[]> => {
  try {
    await secrets.resolve(secret);
    return [];
  } catch (thrown) {
    return [`${whose}: ${shortErrorOf(thrown)}`];
  }
};

const mailWarning = async (smtp: SecretReference, secrets: Secrets): Promise<string[]> => {
  const whose = 'notifications.email.smtp';
  try {
    const { hostname, port, protocol } = parseSmtpUrl(await secrets.resolve(smtp));
    const number = port === '' ? (protocol === 'smtps:' ? 465 : 587) : Number(port);
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const why = await unreachable(host, number);
    return why === undefined
      ? []
      : [
          `${whose}: the mail server ${host}, port ${number}, cannot be reached: ${why}; mails wait until it can`,
        ];
  } catch (thrown) {
    if (thrown instanceof HoldfastError) return [`${whose}: ${shortErrorOf(thrown)}`];
    throw thrown;
  }
};

/** Why a connection fails; undefined when it succeeds. */
const unreachable = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MILLISECONDS });
    const end = (why?: string): void => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end(`it did not answer within ${CONNECT_MILLISECONDS / 1000} s`));
    socket.once('error', (error) => end(error.message));
  });
