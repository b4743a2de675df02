/** The network by which an address is counted: one household or machine has a whole network of IPv6 addresses. */
import { isIPv6 } from 'node:net';

const GROUPS = 8;
/** A /64, the smallest network that a provider gives out. */
const NETWORK_GROUPS = 4;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The eight groups of an IPv6 address, without leading zeros and without its zone. */
const groupsOf = (address: string): string[] => {
  const [plain = ''] = address.split('%');
  const [left = '', right = ''] = plain.split('::').map((part) => part.toLowerCase());
  const before = left === '' ? [] : left.split(':');
  const after = right === '' ? [] : right.split(':');
  const zeros = Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, ''));
};

/** For IPv6 the /64 network; for IPv4, also mapped into IPv6, and for any other text the address itself. */
export const networkOf = (address: string): string => {
  const [, mapped] = MAPPED.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  return `${groupsOf(address).slice(0, NETWORK_GROUPS).join(':')}::/64`;
};
