import { describe, expect, test } from '@jest/globals';
import { JsonLogger, type JsonLoggerOptions } from '../../../lib/adapters/any/json-logger.ts';
import { LogNotifier } from '../../../lib/adapters/any/log-notifier.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { sampleEvent } from '../../contract/sample-records.ts';

const logger = (options: JsonLoggerOptions = {}) => {
  const lines: string[] = [];
  const log = new JsonLogger({ pretty: false, write: (line) => lines.push(line), ...options });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line)) };
};

describe('the log', () => {
  test('is one JSON line a message, with time, level and fields', () => {
    const { log, parsed } = logger();
    log.child({ operationId: 'op' }).info('two\nlines', { bytes: 5n, list: [1], none: undefined });
    expect(parsed()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        level: 'info',
        message: 'two\nlines',
        operationId: 'op',
        bytes: '5',
        list: [1],
      },
    ]);
  });

  test('leaves out what is below its level', () => {
    const { log, parsed } = logger({ level: 'warn' });
    log.debug('d');
    log.info('i');
    log.warn('w');
    log.child({}).error('e');
    expect(parsed().map(({ level }) => level)).toEqual(['warn', 'error']);
  });

  test('never shows a secret by its name, at any depth', () => {
    const { log, lines } = logger();
    const secret = 'hunter2hunter2';
    log.info('request', {
      password: secret,
      Passphrase: secret,
      adminToken: secret,
      headers: { Authorization: `Bearer ${secret}`, cookie: secret },
      list: [{ clientSecret: secret, privateKey: secret, private_key: secret }],
      identity: secret,
      error: Object.assign(new Error('x'), { credentials: { secret } }),
    });
    expect(lines.join()).not.toContain(secret);
    expect(lines[0]).toContain('[redacted]');
  });

  test('never shows the password of a URL, wherever it stands', () => {
    const { log, lines } = logger();
    const url = 'postgres://app:hunter2@db.example.com/app';
    log.error(`cannot reach ${url}`, {
      url,
      error: new Error(`no route to ${url}`, { cause: new Error(url) }),
    });
    expect(lines.join()).not.toContain('hunter2');
    expect(lines[0]).toContain('postgres://app:[redacted]@db.example.com/app');
  });

  test('keeps what only looks like a secret', () => {
    const { log, parsed } = logger();
    log.info('x', {
      tokens: 3,
      tokenName: 'ci',
      password: undefined,
      time: 'own',
      url: 'https://example.com:8484/a@b',
    });
    expect(parsed()[0]).toMatchObject({
      tokens: 3,
      tokenName: 'ci',
      time_: 'own',
      url: 'https://example.com:8484/a@b',
    });
  });

  test('tells errors with code and cause, and survives what has no JSON', () => {
    const { log, parsed } = logger();
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    log.error('failed', {
      error: new HoldfastError('not_found', 'there is no such thing', { cause: new TypeError('inner') }),
      circular,
      bytes: new Uint8Array(5),
    });
    expect(parsed()[0]).toMatchObject({
      error: {
        code: 'not_found',
        name: 'HoldfastError',
        message: 'there is no such thing',
        cause: { name: 'TypeError', message: 'inner' },
      },
      bytes: '[5 bytes]',
    });
  });

  test('is a short line on a terminal', () => {
    const { log, lines } = logger({ pretty: true });
    log.warn('the disk is nearly full', { freeBytes: 5, place: '/srv/a b' });
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}the disk is nearly full freeBytes=5 place="\/srv\/a b"$/,
    );
  });

  test('tells every outcome, at a level that fits it [K5]', async () => {
    const { log, parsed } = logger();
    const notifier = new LogNotifier(log);
    for (const [type, state] of [
      ['backup.succeeded', 'SUCCESS'],
      ['backup.partial', 'PARTIAL'],
      ['restore.failed', 'FAILED'],
      ['verify.cancelled', 'CANCELLED'],
    ] as const)
      await notifier.deliver(sampleEvent({ type, state, shortError: state }));
    expect(parsed().map(({ level, event, shortError }) => [level, event, shortError])).toEqual([
      ['info', 'backup.succeeded', 'SUCCESS'],
      ['warn', 'backup.partial', 'PARTIAL'],
      ['error', 'restore.failed', 'FAILED'],
      ['warn', 'verify.cancelled', 'CANCELLED'],
    ]);
  });
});
