import { subnetOf, trustIn } from './addresses.js';

describe('an address', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['198.51.100.7:5678', '198.51.100.7'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['[::ffff:198.51.100.7]:80', '198.51.100.7'],
    ['2001:db8:0:7::1', '2001:db8:0:7::'],
    ['2001:DB8:0:7:a:b:c:d', '2001:db8:0:7::'],
    ['[2001:db8:0:7::1]:443', '2001:db8:0:7::'],
    ['[2001:db8:0:7::1]', '2001:db8:0:7::'],
    ['fe80::1%eth0', 'fe80::'],
    ['unknown', 'unknown'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('%s is counted as %s', (address, subnet) => {
    expect(subnetOf(address)).toBe(subnet);
  });
});

describe('a proxy', () => {
  const trusts = trustIn(['loopback', '10.0.0.0/8', '2001:db8::/32']);

  it.each(['127.0.0.1', '127.0.0.1:8080', '10.1.2.3:1', '[::1]:80', '::1', '[2001:db8::5]:65535'])(
    'is trusted if it is configured, with or without its port: %s',
    (address) => {
      expect(trusts && trusts(address, 0)).toBe(true);
    },
  );

  it.each(['198.51.100.7', '198.51.100.7:10', '[2001:db9::1]:80', 'unknown', ''])(
    'is not trusted otherwise: %s',
    (address) => {
      expect(trusts && trusts(address, 0)).toBe(false);
    },
  );

  it('is never trusted if none is configured', () => {
    expect(trustIn([])).toBe(false);
  });
});
