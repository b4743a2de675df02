import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  guardedRequest,
  kindOfAddress,
  type Resolve,
} from '../../../../lib/adapters/any/channels/guarded-request.ts';
import { addressList } from '../../../../lib/model/config/notification-settings.ts';

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});
const listening = async (answer: RequestListener): Promise<number> => {
  const server = createServer(answer).listen(0, '127.0.0.1');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};
const none = addressList([]);
const loopback = addressList(['127.0.0.1']);
const to =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('an address that requests go to [B15]', () => {
  const everything = addressList(['0.0.0.0/0', '::/0']);

  test.each([
    '169.254.169.254',
    '169.254.170.2',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    '255.255.255.255',
    'not an address',
  ])('%s is never reached, whatever is listed', (address) => {
    expect(kindOfAddress(address, everything)).toBe('never');
  });

  test.each([
    ...['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '127.0.0.1', '127.9.9.9', '100.64.0.1'],
    ...['::1', 'fc00::1', 'fdab::1', 'fe80::1', 'fe80::1%eth0', '::ffff:10.0.0.1', '::ffff:7f00:1'],
    ...['64:ff9b::0a00:1', '2002:0a00:0001::1', '2001:db8::1', '198.18.0.1', '192.0.2.1', '240.0.0.1'],
  ])('%s is internal, and reached only where it is listed', (address) => {
    expect(kindOfAddress(address, none)).toBe('internal');
    expect(kindOfAddress(address, everything)).toBe('listed');
  });

  test.each(['93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:2800:220:1::1', '::ffff:93.184.216.34'])(
    '%s is public',
    (address) => {
      expect(kindOfAddress(address, none)).toBe('public');
    },
  );
});

describe('a request to a configured address [B15]', () => {
  test('goes to the very address that was checked, with the name of the URL in it', async () => {
    let host: string | undefined;
    const port = await listening((request, response) => {
      host = request.headers.host;
      response.end('thanks');
    });
    let asked = 0;
    const rebinding: Resolve = async () => [
      { address: asked++ === 0 ? '127.0.0.1' : '169.254.169.254', family: 4 },
    ];
    const answer = await guardedRequest({
      url: `http://hooks.example.com:${port}/x`,
      body: 'hello',
      allowed: loopback,
      resolve: rebinding,
    });
    expect(answer.status).toBe(200);
    expect(asked).toBe(1);
    expect(host).toBe(`hooks.example.com:${port}`);
  });

  test.each([
    [
      'https://hooks.example.com/',
      ['10.0.0.1'],
      /10\.0\.0\.1, which is an internal address: if that is intended, list it/,
    ],
    ['https://hooks.example.com/', ['93.184.216.34', '10.0.0.1'], /an internal address/],
    ['https://hooks.example.com/', ['169.254.169.254'], /to which Holdfast never sends anything/],
    ['http://hooks.example.com/', ['93.184.216.34'], /write https/],
    ['https://[::ffff:169.254.169.254]/', [], /to which Holdfast never sends anything/],
    ['https://2130706433/', [], /127\.0\.0\.1, which is an internal address/],
    ['https://0x7f.1/', [], /127\.0\.0\.1, which is an internal address/],
    ['https://0177.0.0.1/', [], /127\.0\.0\.1, which is an internal address/],
    ['https://127.1/', [], /127\.0\.0\.1, which is an internal address/],
    ['https://[::ffff:127.0.0.1]/', [], /which is an internal address/],
    ['https://[::1]/', [], /which is an internal address/],
    ['https://localhost./', ['127.0.0.1'], /which is an internal address/],
    ['https://0/', [], /to which Holdfast never sends anything/],
    ['https://user:hush@hooks.example.com/', ['93.184.216.34'], /not an https URL/],
    ['ftp://hooks.example.com/', ['93.184.216.34'], /not an https URL/],
    ['https://hooks.example.com/', [], /has no address/],
  ] as const)('%s at %j is refused before anything is sent', async (url, addresses, why) => {
    const asked = guardedRequest({ url, allowed: none, resolve: to(...addresses) });
    await expect(asked).rejects.toThrow(why);
    await expect(asked).rejects.not.toThrow(/hush/);
  });

  test('follows no redirect, and reads the beginning of an answer only', async () => {
    let asked = 0;
    const port = await listening((_request, response) => {
      asked++;
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' });
      response.write('x'.repeat(100_000));
      response.end('y'.repeat(10_000_000));
    });
    const answer = await guardedRequest({ url: `http://127.0.0.1:${port}/`, allowed: loopback });
    expect(answer.status).toBe(302);
    expect(answer.text.length).toBe(4096);
    expect(asked).toBe(1);
  });

  test('ends when the name, the server or its answer takes too long', async () => {
    const port = await listening((request, response) => {
      if (request.url === '/half') response.writeHead(500).write('half');
    });
    const never: Resolve = () => new Promise(() => undefined);
    for (const [path, resolve] of [['/silent'], ['/half'], ['/', never]] as const)
      await expect(
        guardedRequest({
          url: `http://one.example.com:${port}${path}`,
          allowed: loopback,
          resolve: resolve ?? to('127.0.0.1'),
          milliseconds: 300,
        }),
      ).rejects.toThrow('one.example.com did not answer within 0.3 s');
  });
});
