import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networkOf } from './network-address.ts';

describe('what the limits take for one caller', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '192.0.2.1'],
    ['2001:db8::192.0.2.1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('is one network for all of an IPv6 /64 and another for each /64, however they are written', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const seed = 20_260_101;
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.array(group, { minLength: 4, maxLength: 4 }), fc.boolean(), (groups, hosts, isPadded) => {
        const written = (parts: readonly number[]): string => parts.map((part) => part.toString(16).padStart(isPadded ? 4 : 1, '0')).join(':');
        expect(networkOf(written([...groups.slice(0, 4), ...hosts]))).toBe(networkOf(groups.map((part) => part.toString(16)).join(':')));
        const other = [groups[0] ?? 0, groups[1] ?? 0, groups[2] ?? 0, (groups[3] ?? 0) ^ 1, ...hosts];
        expect(networkOf(written(other))).not.toBe(networkOf(written([...groups.slice(0, 4), ...hosts])));
      }),
      { seed },
    );
  });
});
