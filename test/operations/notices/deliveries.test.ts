/** Deliveries of an event to channels that fail or hang, or that two callers process at once. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { wants } from '../../../lib/model/notices/notice-rules.ts';
import { deliverLane } from '../../../lib/operations/notices/deliver-lane.ts';
import { forgetOldNotices } from '../../../lib/operations/notices/forget-notices.ts';
import { deliveriesOf, handOut } from '../../../lib/operations/notices/hand-out.ts';
import { notify } from '../../../lib/operations/notices/notify.ts';
import { type Catalog, put } from '../../../lib/ports/catalog/catalog.ts';
import type { Host } from '../../../lib/ports/host.ts';
import { ChannelGone, DeliveryFailed, type Notifier } from '../../../lib/ports/notifier.ts';
import { openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { sampleDelivery, sampleEvent } from '../../contract/sample-records.ts';
import { testSeed } from '../../random-pieces.ts';

const newFolder = temporaryFolders();
const START = Date.parse('2026-11-30T10:00:00Z');

interface Here {
  host: Host;
  /** Advances the clock. */
  wait(seconds: number): void;
  log: string[];
}

const withHost = async (
  notifiers: readonly Notifier[],
  use: (here: Here) => Promise<void>,
  notifications: object = { rules: [{ events: ['*'], channels: ['*'] }] },
  catalogOf: (catalog: Catalog) => Catalog = (catalog) => catalog,
): Promise<void> => {
  const log: string[] = [];
  let now = START;
  const opened = await openEmbeddedHost({
    data: await newFolder(),
    config: configSchema.parse({ notifications }),
    log: new JsonLogger({ pretty: false, write: (line) => log.push(line) }),
    clock: { now: () => new Date(now) },
  });
  const host: Host = Object.create(opened, {
    notifiers: { value: notifiers },
    catalog: { value: catalogOf(opened.catalog) },
  });
  try {
    const wait = (seconds: number): void => {
      now += seconds * 1000;
    };
    await use({ host, log, wait });
  } finally {
    await opened.close();
  }
};

/** A channel that keeps what it receives, and answers as the test says. */
const channelOf = (channel: string, answer: (times: number) => void = () => undefined) => {
  const told: string[] = [];
  let times = 0;
  const notifier: Notifier = {
    channel,
    deliver: async ({ id }) => {
      answer(++times);
      told.push(id);
      return '250 ok';
    },
  };
  return { ...notifier, told };
};
const event = (at = START) => sampleEvent({ at: new Date(at).toISOString() });
const down = (): never => {
  throw new DeliveryFailed('the mail server is down');
};

describe('a notice [K5] [B15]', () => {
  test('is written down with what each channel answered, and leaves the outbox', async () => {
    const [good, bad] = [channelOf('good'), channelOf('bad', down)];
    await withHost([good, bad], async ({ host }) => {
      const told = event();
      await host.catalog.commit([put('event', told)]);
      expect(await notify(host)).toEqual({ delivered: 1, waiting: 1 });
      expect((await host.catalog.list('event')).total).toBe(0);
      const notice = (await host.catalog.get('notice', told.id))?.record;
      expect(notice).toEqual({ ...told, channels: ['good', 'bad'] });
      expect(await deliveriesOf(host, { id: told.id, channels: ['good', 'bad'] })).toMatchObject([
        { channel: 'good', state: 'delivered', attempts: 1, lastAnswer: '250 ok' },
        { channel: 'bad', state: 'waiting', attempts: 1, lastAnswer: 'the mail server is down' },
      ]);
    });
  });

  test('reaches a channel that was down for a day, once; and is dead, to be seen, at one that is down for a week', async () => {
    let isDown = true;
    const mail = channelOf('mail', () => isDown && down());
    const gone = channelOf('gone', down);
    await withHost([mail, gone], async ({ host, wait, log }) => {
      await host.catalog.commit(Array.from({ length: 5 }, () => put('event', event())));
      for (let hour = 0; hour < 24; hour++) {
        await notify(host);
        wait(3600);
      }
      isDown = false;
      await notify(host);
      expect(new Set(mail.told).size).toBe(5);
      for (let hour = 0; hour < 6 * 24 + 6; hour++) {
        wait(3600);
        await notify(host);
      }
      expect(mail.told).toHaveLength(5);
      const dead = (await host.catalog.list('delivery', { group: 'dead' })).records;
      expect(dead.map(({ channel }) => channel)).toEqual(Array.from({ length: 5 }, () => 'gone'));
      expect((await host.catalog.list('delivery', { group: 'waiting' })).total).toBe(0);
      expect(log.join('\n')).toContain('gone has not taken a notice for a week');
    });
  });

  test('goes out to others while one channel does not answer', async () => {
    const { promise: never, resolve: atLast } = Promise.withResolvers<string>();
    const hanging: Notifier = { channel: 'hanging', deliver: () => never };
    const good = channelOf('good');
    await withHost([hanging, good], async ({ host }) => {
      await host.catalog.commit(Array.from({ length: 9 }, () => put('event', event())));
      await handOut(host);
      const slow = deliverLane(host, 'hanging');
      expect(await deliverLane(host, 'good')).toBe(9);
      expect(good.told).toHaveLength(9);
      atLast('at last');
      expect(await slow).toBe(9);
    });
  });

  test('reaches each channel once, though two deliver at the same time', async () => {
    const [one, other] = [channelOf('one'), channelOf('other')];
    await withHost([one, other], async ({ host }) => {
      const events = Array.from({ length: 8 }, () => event());
      await host.catalog.commit(events.map((each) => put('event', each)));
      await Promise.all([notify(host), notify(host), notify(host)]);
      await notify(host);
      const ids = events.map(({ id }) => id).sort();
      expect([...one.told].sort()).toEqual(ids);
      expect([...other.told].sort()).toEqual(ids);
    });
  });

  test('of more channels than a transaction holds reaches all of them', async () => {
    const channels = Array.from({ length: 60 }, (_, index) => channelOf(`one:${index}`));
    await withHost(channels, async ({ host }) => {
      await host.catalog.commit([put('event', event())]);
      expect(await notify(host)).toEqual({ delivered: 60, waiting: 0 });
      for (const { told } of channels) expect(told).toHaveLength(1);
    });
  });

  test('keeps nobody else waiting, though a thousand are told at once [B15]', async () => {
    const [good, bad] = [channelOf('good'), channelOf('bad', down)];
    await withHost([good, bad], async ({ host }) => {
      const events = Array.from({ length: 1_000 }, () => event());
      for (const each of events) await host.catalog.commit([put('event', each)]);
      // Counts turns of the event loop for other work; if other work had to wait, there would be only one
      // turn.
      let turns = 0;
      const others = setInterval(() => {
        turns += 1;
      }, 1);
      try {
        expect(await notify(host)).toEqual({ delivered: 1_000, waiting: 1_000 });
      } finally {
        clearInterval(others);
      }
      expect(new Set(good.told).size).toBe(1_000);
      expect(turns).toBeGreaterThan(10);
    });
  }, 120_000);

  test('that an earlier version had told in part is told to the rest only', async () => {
    const channels = ['log', 'email:a@example.com', 'sns'].map((channel) => channelOf(channel));
    await withHost(channels, async ({ host }) => {
      await host.catalog.commit([
        put('event', { ...event(), delivered: ['log', 'email'] }),
        put('event', { ...event(), delivered: ['sns'] }),
      ]);
      await notify(host);
      expect(channels.map(({ told }) => told.length)).toEqual([1, 1, 1]);
    });
  });

  test('goes to the people it names, though no list of the configuration does', async () => {
    const mails: string[] = [];
    const mailTo = (address: string): Notifier => ({
      channel: `email:${address}`,
      deliver: async () => {
        mails.push(address);
        return undefined;
      },
    });
    await withHost([channelOf('log')], async ({ host }) => {
      await host.catalog.commit([put('event', { ...event(), alsoTo: ['a@example.com'] })]);
      const withMail: Host = Object.create(host, { mailTo: { value: mailTo } });
      await notify(withMail);
      expect(mails).toEqual(['a@example.com']);
      await host.catalog.commit([put('event', { ...event(), alsoTo: ['b@example.com'] })]);
      await notify(host);
      expect((await host.catalog.list('delivery', { group: 'dead' })).records).toMatchObject([
        { channel: 'email:b@example.com', lastAnswer: 'the channel no longer exists' },
      ]);
    });
  });

  test('for a channel that the configuration lost is dead, to be seen', async () => {
    await withHost([channelOf('log')], async ({ host }) => {
      await host.catalog.commit([put('delivery', sampleDelivery({ channel: 'webhook:old' }))]);
      await forgetOldNotices(host);
      expect((await host.catalog.list('delivery', { group: 'dead' })).total).toBe(1);
    });
  });

  test('is kept for 90 days with its deliveries, and then goes', async () => {
    await withHost([channelOf('log')], async ({ host, wait }) => {
      await host.catalog.commit([put('event', event())]);
      await notify(host);
      wait(89 * 24 * 3600);
      await host.catalog.commit([put('event', event(START + 89 * 24 * 3600_000))]);
      await notify(host);
      await forgetOldNotices(host);
      expect((await host.catalog.list('notice')).total).toBe(2);
      wait(2 * 24 * 3600);
      await forgetOldNotices(host);
      expect((await host.catalog.list('notice')).total).toBe(1);
      expect((await host.catalog.list('delivery', { group: 'delivered' })).total).toBe(1);
    });
  });
});

test('a channel that says it is gone is switched off, loudly: what comes later is dead at once [B15]', async () => {
  const gone = channelOf('gone', () => {
    throw new ChannelGone('hooks.example.com answered 410');
  });
  const log = channelOf('log');
  await withHost([gone, log], async ({ host, log: lines, wait }) => {
    await host.catalog.commit([put('event', event()), put('event', event())]);
    await notify(host);
    await notify(host);
    expect((await host.catalog.get('channel', 'gone'))?.record.reason).toContain('410');
    expect((await host.catalog.list('delivery', { group: 'waiting' })).total).toBe(0);
    const notices = (await host.catalog.list('notice')).records.map(({ type }) => type);
    expect(notices).toContain('channel.disabled');
    expect(log.told.length).toBeGreaterThanOrEqual(3);
    expect(lines.join('\n')).toContain('the channel gone is switched off');
    // The list of dead deliveries is sorted by the time of their end.
    wait(1);
    await host.catalog.commit([put('event', event())]);
    await notify(host);
    const dead = (await host.catalog.list('delivery', { group: 'dead' })).records;
    expect(dead.every(({ channel }) => channel === 'gone')).toBe(true);
    expect(dead.at(-1)?.lastAnswer).toContain('switched off since');
  });
});

describe('rules [O5]', () => {
  const rules = [
    { events: ['error', 'warning'], channels: ['*'] },
    { events: ['restore.*'], channels: ['email:a@example.com', 'webhook'] },
  ];
  test.each([
    [undefined, 'backup.failed', 'email:a@example.com', true],
    [undefined, 'backup.partial', 'webhook:ops', true],
    [undefined, 'schedule.missed', 'sns', true],
    [undefined, 'backup.succeeded', 'email:a@example.com', false],
    [undefined, 'backup.succeeded', 'webhook:ops', false],
    [undefined, 'restore.succeeded', 'email:a@example.com', false],
    [undefined, 'backup.succeeded', 'sns', true],
    [undefined, 'key.created', 'eventbridge', true],
    [rules, 'backup.failed', 'sns', true],
    [rules, 'backup.succeeded', 'email:a@example.com', false],
    [rules, 'restore.succeeded', 'email:a@example.com', true],
    [rules, 'restore.succeeded', 'email:b@example.com', false],
    [rules, 'restore.succeeded', 'webhook:ops', true],
    [rules, 'restore.failed', 'email:b@example.com', true],
    [[], 'backup.failed', 'sns', false],
  ] as const)('%j: %s to %s: %s', (some, type, channel, expected) => {
    expect(
      wants(
        some?.map((rule) => ({ ...rule, events: [...rule.events], channels: [...rule.channels] })),
        type,
        channel,
      ),
    ).toBe(expected);
  });

  test('a rule that names no event, or no channel, is refused with what there is', () => {
    const parse = (rule: object) =>
      configSchema.safeParse({
        notifications: { rules: [{ events: ['error'], channels: ['log'], ...rule }] },
      });
    expect(parse({}).success).toBe(true);
    expect(parse({ events: ['backup.exploded'] }).error?.message).toContain('is not an event: write a type');
    expect(parse({ channels: ['pager'] }).error?.message).toContain('there is no channel');
  });
});

test('every event arrives at every channel or is visibly dead, whatever fails, and whenever the process ends [B15]', async () => {
  const seed = testSeed();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 20, maxLength: 60 }),
      fc.array(fc.boolean(), { minLength: 20, maxLength: 60 }),
      async (refusals, crashes) => {
        let commits = 0;
        let asked = 0;
        let isCalm = false;
        const fails = (list: readonly boolean[], index: number) =>
          !isCalm && list[index % list.length] === true;
        const flaky = channelOf('flaky', () => fails(refusals, asked++) && down());
        const good = channelOf('good');
        const crashing = (catalog: Catalog): Catalog =>
          Object.create(catalog, {
            get: { value: catalog.get.bind(catalog) },
            list: { value: catalog.list.bind(catalog) },
            commit: {
              value: async (...args: Parameters<Catalog['commit']>) => {
                if (fails(crashes, commits++)) throw new HoldfastError('unavailable', 'the process ended');
                await catalog.commit(...args);
              },
            },
          });
        await withHost(
          [flaky, good],
          async ({ host, wait }) => {
            const events = Array.from({ length: 4 }, () => event());
            for (const each of events) {
              isCalm = true;
              await host.catalog.commit([put('event', each)]);
              isCalm = false;
              await notify(host).catch(() => undefined);
              wait(200);
            }
            for (let times = 0; times < 5; times++) {
              await notify(host).catch(() => undefined);
              wait(4000);
            }
            isCalm = true;
            await notify(host);
            for (const { id } of events) {
              expect(flaky.told).toContain(id);
              expect(good.told).toContain(id);
            }
            expect((await host.catalog.list('delivery', { group: 'delivered' })).total).toBe(8);
          },
          { rules: [{ events: ['*'], channels: ['*'] }] },
          crashing,
        );
      },
    ),
    { seed, numRuns: 12 },
  );
});
