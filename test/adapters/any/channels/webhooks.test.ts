/** Webhooks, chat messages and pings, sent to real servers. */
import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { configuredChannels } from '../../../../lib/adapters/any/channels/configured-channels.ts';
import { JsonLogger } from '../../../../lib/adapters/any/json-logger.ts';
import { EnvSecrets } from '../../../../lib/adapters/local/env-secrets.ts';
import { configSchema } from '../../../../lib/model/config/config.ts';
import { ChannelGone, DeliveryFailed, DeliveryRefused } from '../../../../lib/ports/notifier.ts';
import { sampleEvent } from '../../../contract/sample-records.ts';

interface Received {
  path: string;
  headers: Record<string, string>;
  body: string;
}

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const receiver = async (answer: { status?: number; headers?: Record<string, string> } = {}) => {
  const received: Received[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)]));
    received.push({ path: request.url ?? '', headers, body: await text(request) });
    response.writeHead(answer.status ?? 204, answer.headers).end();
  }).listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await once(server, 'listening');
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
};

const channelsOf = (config: object, env: Record<string, string> = {}) =>
  configuredChannels(configSchema.parse(config), {
    secrets: new EnvSecrets({ log: new JsonLogger({ write: () => undefined }), env }),
    clock: { now: () => new Date() },
  }).notifiers;
const only = <T>([one]: readonly T[]): T => {
  if (one === undefined) throw new Error('there is none');
  return one;
};
const hook = (url: string, more: object = {}, env: Record<string, string> = {}) =>
  only(
    channelsOf(
      {
        notifications: {
          baseUrl: 'https://backups.example.com',
          internalAddresses: ['127.0.0.1'],
          webhooks: [{ id: 'ops', url, secrets: [{ env: 'ONE' }], ...more }],
        },
      },
      { ONE: `whsec_${randomBytes(24).toString('base64')}`, ...env },
    ),
  );

describe('a webhook [B15]', () => {
  test('is signed by every secret, as Standard Webhooks has it, with one id for all attempts', async () => {
    const { received, url } = await receiver();
    const [one, other] = [randomBytes(24), randomBytes(32)].map(
      (bytes) => `whsec_${bytes.toString('base64')}`,
    );
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const env = { ONE: String(one), OTHER: String(other), KEY: `whsk_${seed.toString('base64')}` };
    const secrets = [{ env: 'ONE' }, { env: 'OTHER' }, { env: 'KEY' }];
    const channel = hook(url, { secrets }, env);
    const event = sampleEvent({ type: 'backup.failed', state: 'FAILED', shortError: 'Grüße' });
    expect(await channel.deliver(event)).toBe('HTTP 204');
    await channel.deliver(event);
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([event.id, event.id]);
    const { headers, body } = only(received);
    for (const secret of [one, other]) expect(new Webhook(String(secret)).verify(body, headers)).toBeTruthy();
    expect(() => new Webhook(`whsec_${randomBytes(24).toString('base64')}`).verify(body, headers)).toThrow();
    const signatures = String(headers['webhook-signature']).split(' ');
    expect(signatures.map((signature) => signature.split(',')[0])).toEqual(['v1', 'v1', 'v1a']);
    const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
    expect(verify(null, signed, publicKey, Buffer.from(String(signatures[2]?.slice(4)), 'base64'))).toBe(
      true,
    );
    expect(JSON.parse(body)).toMatchObject({
      type: 'backup.failed',
      timestamp: event.at,
      data: { id: event.id, level: 'error', backupId: event.backupId, state: 'FAILED', shortError: 'Grüße' },
    });
  });

  test.each([
    [429, { 'retry-after': '7200' }, DeliveryFailed, 7200],
    [503, {}, DeliveryFailed, 0],
    [408, { 'retry-after': 'nonsense' }, DeliveryFailed, 0],
    [404, {}, DeliveryRefused, 0],
    [301, { location: 'http://169.254.169.254/' }, DeliveryRefused, 0],
    [410, {}, ChannelGone, 0],
  ] as const)('that is answered %d %j is a %p', async (status, headers, kind, retryAfterSeconds) => {
    const { received, url } = await receiver({ status, headers });
    const thrown = await hook(url)
      .deliver(sampleEvent())
      .catch((error: unknown) => error);
    expect(Object(thrown).constructor).toBe(kind);
    expect(thrown).toMatchObject({ retryAfterSeconds, message: expect.stringContaining(`HTTP ${status}`) });
    expect(received).toHaveLength(1);
  });

  test('of an internal address that is not listed is refused, and its URL is shown nowhere', async () => {
    const { received, url } = await receiver();
    const channel = only(
      channelsOf(
        { notifications: { webhooks: [{ id: 'ops', url: { env: 'URL' }, format: 'slack' }] } },
        { URL: url },
      ),
    );
    await expect(channel.deliver(sampleEvent())).rejects.toThrow(/an internal address/);
    await expect(channel.deliver(sampleEvent())).rejects.not.toThrow(/hook/);
    expect(received).toEqual([]);
    expect(channel.target).toBe('slack to env:URL');
  });

  test('whose secret is of another form is told, without the secret', async () => {
    const { url } = await receiver();
    const delivering = hook(url, {}, { ONE: 'hush-hush' }).deliver(sampleEvent());
    await expect(delivering).rejects.toThrow('write whsec_');
    await expect(delivering).rejects.not.toThrow('hush');
  });

  test('of the standard format needs a secret, and no URL has a password in it', () => {
    const faults = (webhook: object) =>
      configSchema.safeParse({ notifications: { webhooks: [{ id: 'ops', ...webhook }] } }).error?.message;
    expect(faults({ url: 'https://a.example.com/' })).toContain('name at least one secret');
    expect(faults({ url: 'https://u:p@a.example.com/', format: 'slack' })).toContain('without user');
    expect(faults({ url: 'https://a.example.com/', format: 'slack' })).toBeUndefined();
  });
});

describe('a message of a chat [B15]', () => {
  const evil = sampleEvent({
    type: 'backup.failed',
    state: 'FAILED',
    shortError: 'a <!channel> & ```x``` [click](https://evil.example.com) \u001b[2J',
  });
  const sent = async (format: string, event = evil): Promise<Received> => {
    const { received, url } = await receiver();
    await hook(url, { format, secrets: [] }).deliver(event);
    return only(received);
  };

  test('for Slack calls nobody, and has a link', async () => {
    const { body, headers } = await sent('slack');
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body).text).toContain('[acme] backup of');
    expect(body).not.toContain('<!channel>');
    expect(body).toContain('&lt;!channel&gt;');
    expect(body).toContain(`https://backups.example.com/console/#/backups/${evil.backupId}`);
  });

  test('for Teams is a card, in which no text is a link', async () => {
    const { attachments } = JSON.parse((await sent('teams')).body);
    const { type, body, actions } = attachments[0].content;
    expect(type).toBe('AdaptiveCard');
    expect(JSON.stringify(body)).not.toContain('[click](');
    expect(actions).toEqual([
      expect.objectContaining({ url: `https://backups.example.com/console/#/backups/${evil.backupId}` }),
    ]);
  });

  test('for ntfy has a title, a priority and a link', async () => {
    const { headers, body } = await sent('ntfy');
    expect(headers).toMatchObject({
      priority: '5',
      click: expect.stringContaining('/console/'),
      title: expect.stringMatching(/^=\?UTF-8\?B\?/),
    });
    expect(body).toContain('\\x1b[2J');
  });
});

describe('the ping of a schedule [B15]', () => {
  test('tells of each success, and at /fail of all else; of other schedules nothing', async () => {
    const { received, url } = await receiver();
    const ping = only(
      channelsOf({
        notifications: { internalAddresses: ['127.0.0.0/8'] },
        schedules: [{ id: 'nightly', cron: '0 3 * * *', ping: url }],
      }),
    );
    const good = sampleEvent({ scheduleId: 'nightly' });
    const missed = sampleEvent({ scheduleId: 'nightly', type: 'schedule.missed' });
    expect([good, missed].map((event) => ping.takes?.(event))).toEqual([true, true]);
    expect(ping.takes?.(sampleEvent({ scheduleId: 'other' }))).toBe(false);
    expect(ping.takes?.(sampleEvent({ scheduleId: 'nightly', type: 'token.created' }))).toBe(false);
    await ping.deliver(good);
    await ping.deliver(missed);
    expect(received.map(({ path }) => path)).toEqual(['/hook', '/hook/fail']);
  });
});
