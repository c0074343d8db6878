import { describe, expect, it } from 'vitest';
import { FlockError } from '../../../src/errors.ts';
import { parseAnnotations } from '../../../src/pods/annotations.ts';

const parse = (annotations: Record<string, string>) => parseAnnotations(new Map(Object.entries(annotations)));

/** The message of the refusal. */
function refusalOf(annotations: Record<string, string>): string {
  try {
    parse(annotations);
  } catch (error) {
    if (error instanceof FlockError && error.code === 'annotationInvalid') return error.message;
    throw error;
  }
  throw new Error('the annotations were accepted');
}

describe('annotations', () => {
  it('that are not there ask for nothing', () => {
    expect(parse({})).toEqual({
      value: {
        ipv6: undefined,
        ipv4: undefined,
        cidr6: [],
        cidr4: [],
        ipAlgo: undefined,
        anycast: [],
        addresses: [],
        communities: [],
      },
      warnings: [],
    });
  });

  it('are read into values, blanks around items ignored', () => {
    const { value, warnings } = parse({
      ipv6: ' true',
      ipv4: 'false\t',
      cidr6: '2001:db8:1:1:aa::/80, 2001:DB8:2::/48',
      cidr4: '10.1.1.128/25',
      'ip-algo': 'namespace, app',
      anycast: ' 192.0.2.53 ,\t2001:DB8:FFFF:0:0:0:0:53 ',
      addresses: '198.51.100.2/32,2001:db8::5/128',
    });
    expect(warnings).toEqual([]);
    expect(value).toEqual({
      ipv6: true,
      ipv4: false,
      cidr6: [
        { family: 6, network: '2001:db8:1:1:aa::', length: 80 },
        { family: 6, network: '2001:db8:2::', length: 48 },
      ],
      cidr4: [{ family: 4, network: '10.1.1.128', length: 25 }],
      ipAlgo: ['namespace', 'app'],
      anycast: ['192.0.2.53', '2001:db8:ffff::53'],
      addresses: ['198.51.100.2', '2001:db8::5'],
      communities: [],
    });
  });

  it('with a blank list ask for nothing', () => {
    expect(parse({ anycast: '', addresses: ' \t', cidr4: '', 'ip-algo': ' ' }).value).toEqual(parse({}).value);
  });

  it('count an item once that is written in several ways', () => {
    expect(parse({ anycast: '2001:db8::1,2001:db8:0::1/128,192.0.2.1,192.0.2.1' }).value.anycast).toEqual([
      '2001:db8::1',
      '192.0.2.1',
    ]);
    expect(parse({ cidr4: '10.0.0.0/8, 10.0.0.0/8' }).value.cidr4).toHaveLength(1);
  });
});

describe('an annotation is refused', () => {
  it.each([
    ['ipv4', 'yes', '"yes" must be true or false'],
    ['ipv4', 'True', '"True" must be true or false'],
    ['ipv6', '', '"" must be true or false'],
    ['ipv6', 'true\n', '"true\\n" must be true or false'],
    ['cidr4', '10.1.1.5/24', '"10.1.1.5/24" must have no bits set beyond its length; write 10.1.1.0/24'],
    ['cidr4', '10.1.1.0', 'must be an IPv4 prefix with its length'],
    ['cidr4', '2001:db8::/64', 'must be an IPv4 prefix; use cidr6'],
    ['cidr6', '10.1.1.0/24', 'must be an IPv6 prefix; use cidr4'],
    ['anycast', '192.0.2.300', '"192.0.2.300" must be an IPv4 or IPv6 address'],
    ['anycast', '192.0.2.1/24', 'must be a single address; write 192.0.2.1 or 192.0.2.1/32'],
    ['anycast', '192.0.2.1/128', 'write 192.0.2.1 or 192.0.2.1/32'],
    ['anycast', '192.0.2.1/32/32', 'must be a single address'],
    ['addresses', '2001:db8::1/64', 'write 2001:db8::1 or 2001:db8::1/128'],
    ['addresses', '192.0.2.1,', 'has an empty item'],
    ['addresses', '192.0.2.1,,192.0.2.2', 'has an empty item'],
    ['addresses', '192.0.2.1 192.0.2.2', 'must be an IPv4 or IPv6 address'],
    ['anycast', '192.0.2.1\n192.0.2.2', '"192.0.2.1\\n192.0.2.2" must be an IPv4 or IPv6 address'],
    ['anycast', '192.0.2.1"; }', '"192.0.2.1\\"; }" must be an IPv4 or IPv6 address'],
    ['anycast', '192.0.2.01', 'must be an IPv4 or IPv6 address'],
    ['anycast', '0xc0000201', 'must be an IPv4 or IPv6 address'],
    ['anycast', 'fe80::1%eth0', 'must be an IPv4 or IPv6 address'],
    ['anycast', '::ffff:192.0.2.1', 'must be an IPv4 or IPv6 address'],
    ['anycast', Array.from({ length: 257 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(), 'has more than 256 items'],
    ['anycast', ' '.repeat(20_000).concat('1').padEnd(40_000, '1'), 'is longer than 16384 characters'],
  ])('%s: %j', (key, value, rule) => {
    const message = refusalOf({ [key]: value });
    expect(message.startsWith(`annotation flock.fritzlab.net/${key}: "`)).toBe(true);
    expect(message).toContain(rule);
    expect(message.length).toBeLessThan(400);
  });

  it('when an address is in anycast and in addresses, however it is written', () => {
    expect(refusalOf({ anycast: '2001:db8::1', addresses: '2001:DB8:0::1/128' })).toBe(
      'annotation flock.fritzlab.net/addresses: "2001:db8::1" is in anycast as well; name it in only one of the two',
    );
  });
});

describe('a warning, and no refusal,', () => {
  it.each(['pod', 'app,app', 'app;image', 'random\u001b'])('comes for ip-algo: %j', (text) => {
    const { value, warnings } = parse({ 'ip-algo': text });
    expect(value.ipAlgo).toBeUndefined();
    expect(warnings).toEqual([
      {
        code: 'annotationInvalid',
        message: `annotation flock.fritzlab.net/ip-algo: ${JSON.stringify(text)} is ignored: it must be a comma-separated list of different fields from namespace, app, image`,
      },
    ]);
  });

  it('comes for a key that is not known, with the nearest one', () => {
    const { value, warnings } = parse({ anycasts: '192.0.2.1', 'x\n': '1' });
    expect(value.anycast).toEqual([]);
    expect(warnings.map(({ message }) => message)).toEqual([
      'annotation flock.fritzlab.net/anycasts is not known and has no effect; did you mean anycast?',
      'annotation flock.fritzlab.net/x\\u000a is not known and has no effect; known are ipv6, ipv4, cidr6, cidr4, ip-algo, anycast, addresses, communities',
    ]);
  });
});
