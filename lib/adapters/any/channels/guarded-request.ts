/**
 * All requests to configured addresses go through this file. People who name an address, or control its name in the
 * DNS, must not reach what only this machine can reach: the name is resolved once, all its addresses are checked, and
 * the connection goes to one of these very addresses. Redirects are not followed, and little of an answer is read.
 */
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type BlockList, isIP } from 'node:net';
import { addressList, outgoingUrl } from '../../../model/config/notification-settings.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { timeLimit } from '../../../model/time-limit.ts';
import { DeliveryFailed, DeliveryRefused } from '../../../ports/notifier.ts';

/** Addresses that give out credentials, or belong to the machine's platform: nothing may ever be sent there. */
const never = addressList([
  // IPv4 link-local: the metadata services of AWS, Google, Azure, OpenStack and others, and of containers.
  '169.254.0.0/16',
  // Alibaba, Oracle, Azure's wire server, and AWS over IPv6.
  ...['100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::/32', 'fe80::a9fe:a9fe'],
  // No host has these addresses.
  ...['0.0.0.0/8', '224.0.0.0/4', '255.255.255.255', '::/128', 'ff00::/8'],
]);

/** Addresses outside of the public internet. They may be reached when the configuration lists them. */
const internal = addressList([
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '100.64.0.0/10'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15', '198.51.100.0/24'],
  ...['203.0.113.0/24', '240.0.0.0/4', '::1/128', 'fc00::/7', 'fe80::/10', 'fec0::/10'],
  ...['100::/64', '2001::/23', '2001:db8::/32', '3fff::/20', '5f00::/16'],
]);

/** Addresses of this machine itself. */
const loopback = addressList(['127.0.0.0/8', '::1/128']);

/** IPv6 ranges that contain an IPv4 address, and the group at which it begins: mapped, compatible, NAT64, 6to4. */
const carriers: readonly (readonly [list: BlockList, from: number])[] = [
  [addressList(['::ffff:0:0/96']), 6],
  [addressList(['::/96']), 6],
  [addressList(['::ffff:0:0:0/96']), 6],
  [addressList(['64:ff9b::/96']), 6],
  [addressList(['64:ff9b:1::/48']), 6],
  [addressList(['2002::/16']), 1],
];

/** The eight groups of an IPv6 address. */
const groupsOf = (address: string): number[] => {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const parse = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [parse(head), parse(tail ?? '')];
  return tail === undefined ? first : [...first, ...Array(8 - first.length - last.length).fill(0), ...last];
};

/** The IPv4 address in an IPv6 one, if there is one. */
const carried = (address: string): string | undefined => {
  const [, from] = carriers.find(([list]) => list.check(address, 'ipv6')) ?? [];
  if (from === undefined) return undefined;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(from, from + 2);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
};

const isIn = (list: BlockList, address: string): boolean =>
  list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/**
 * How requests treat an address: as `public`, as `listed` by the configuration, as `internal` and not listed, or as
 * `never` allowed.
 */
export const kindOfAddress = (
  address: string,
  allowed: BlockList,
): 'public' | 'listed' | 'internal' | 'never' => {
  const [plain = ''] = address.split('%', 1);
  const inner = isIP(plain) === 6 && plain !== LOCALHOST ? carried(plain) : undefined;
  const all = inner === undefined ? [plain] : [plain, inner];
  if (all.some((one) => isIP(one) === 0 || isIn(never, one))) return 'never';
  if (all.some((one) => isIn(allowed, one))) return 'listed';
  return all.some((one) => isIn(internal, one)) ? 'internal' : 'public';
};
/** This address lies in one of those ranges, but contains no IPv4 address. */
const LOCALHOST = '::1';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}
/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly ResolvedAddress[]>;

const resolveName: Resolve = (name) => lookup(name, { all: true, verbatim: true });

export interface GuardedRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Internal addresses that may be reached, also by http. */
  readonly allowed: BlockList;
  /** @default the system's resolver */
  readonly resolve?: Resolve;
  /** Time limit for the whole request. @default 10 s */
  readonly milliseconds?: number;
  /**
   * Returns the whole answer, at most this many bytes; a longer one fails. @default the beginning of an error's answer,
   * and nothing of a success
   */
  readonly wholeBytes?: number;
  /** Allows https to addresses inside of networks, too, and http to this machine itself. */
  readonly inside?: true;
}

export interface GuardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The beginning of the answer. */
  readonly text: string;
}

const WHOLE_MILLISECONDS = 10_000;
const MOST_ANSWER_BYTES = 4096;

/**
 * @throws `DeliveryRefused` for an address that may not be reached, and `DeliveryFailed` for one that does not answer.
 * Both name only the host, because the URL may hold a token.
 */
export const guardedRequest = async ({
  resolve = resolveName,
  milliseconds = WHOLE_MILLISECONDS,
  ...wanted
}: GuardedRequest): Promise<GuardedAnswer> => {
  const url = outgoingUrl(wanted.url);
  if (url === undefined)
    throw new DeliveryRefused('the address is not an https URL without user, password and "#": correct it');
  const signal = timeLimit(milliseconds);
  try {
    const address = await safeAddress(url, wanted, resolve, signal);
    return await send(url, address, wanted, signal);
  } catch (thrown) {
    if (thrown instanceof DeliveryFailed) throw thrown;
    const why = signal.aborted ? `did not answer within ${milliseconds / 1000} s` : reasonOf(thrown);
    throw new DeliveryFailed(`${url.hostname} ${why}`, { cause: thrown });
  }
};

const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return 'could not be reached';
  const code = 'code' in thrown ? String(thrown.code) : thrown.message;
  return `could not be reached: ${visible(code).slice(0, 200)}`;
};

/** All addresses of the name are checked, since any of them could answer the next time. */
const safeAddress = async (
  url: URL,
  { allowed, inside }: Pick<GuardedRequest, 'allowed' | 'inside'>,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<ResolvedAddress> => {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const found =
    isIP(name) === 0 ? await orAborted(resolve(name), signal) : [{ address: name, family: isIP(name) }];
  const [first] = found;
  if (first === undefined) throw new DeliveryFailed(`${name} has no address`);
  for (const { address } of found) {
    const kind = kindOfAddress(address, allowed);
    if (kind === 'never')
      throw new DeliveryRefused(
        `${name} leads to ${address}, to which Holdfast never sends anything: name another address`,
      );
    if (kind === 'internal' && inside === true && (url.protocol === 'https:' || isIn(loopback, address)))
      continue;
    if (kind === 'internal')
      throw new DeliveryRefused(
        `${name} leads to ${address}, which is an internal address: if that is intended, list it in notifications.internalAddresses`,
      );
    if (kind === 'public' && url.protocol !== 'https:')
      throw new DeliveryRefused(
        `${name} is an http address, and others on the network could read along: write https`,
      );
  }
  return first;
};

const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return Promise.race([work, promise]);
};

/** The name stays in the Host header and in TLS; the connection goes to the checked address. */
const send = (
  url: URL,
  { address, family }: ResolvedAddress,
  {
    method = 'POST',
    headers = {},
    body = '',
    wholeBytes,
  }: Pick<GuardedRequest, 'method' | 'headers' | 'body' | 'wholeBytes'>,
  signal: AbortSignal,
): Promise<GuardedAnswer> =>
  new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method,
      agent: false,
      signal,
      headers: {
        ...headers,
        ...(method === 'POST' && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      lookup: (_name, options, done) => {
        if (options.all === true) done(null, [{ address, family }]);
        else done(null, address, family);
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      if (wholeBytes !== undefined) {
        wholeOf(response, wholeBytes).then((text) => resolve({ status, headers, text }), reject);
        return;
      }
      // A success stays one, whatever happens to the rest of the answer.
      if (status >= 200 && status < 300) resolve({ status, headers, text: '' });
      beginningOf(response).then((text) => resolve({ status, headers, text }), reject);
    });
    request.end(method === 'POST' ? body : undefined);
  });

/** @throws for an answer that is longer, or that breaks off */
const wholeOf = async (response: IncomingMessage, most: number): Promise<string> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > most) throw new Error(`its answer has more than ${most} bytes`);
  }
  return Buffer.concat(pieces).toString('utf8');
};

/** The rest of the answer is not waited for. */
const beginningOf = async (response: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= MOST_ANSWER_BYTES) break;
  }
  response.destroy();
  return Buffer.concat(pieces).subarray(0, MOST_ANSWER_BYTES).toString('utf8');
};
