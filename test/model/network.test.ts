import { expect, test } from '@jest/globals';
import { networkOf } from '../../lib/model/access/network.ts';

test.each([
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8::ffff:1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:8:800:200c:417a', '2001:db8:0:0::/64'],
  ['2001:0DB8:0000:0001::a', '2001:db8:0:1::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['192.0.2.7', '192.0.2.7'],
  ['', ''],
  ['no address', 'no address'],
])(
  '%s is counted with %s: whoever has a network of addresses has no more guesses [T2]',
  (address, network) => {
    expect(networkOf(address)).toBe(network);
  },
);
