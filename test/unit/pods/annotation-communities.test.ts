import { describe, expect, it } from 'vitest';
import { FlockError } from '../../../src/errors.ts';
import { formatCommunityClaim } from '../../../src/model/community.ts';
import { parseAnnotations } from '../../../src/pods/annotations.ts';

const CLAIMS = { anycast: '192.0.2.53, 2001:db8::53', addresses: '192.0.2.80' };

function parse(communities: string, claims: Record<string, string> = CLAIMS) {
  return parseAnnotations(new Map(Object.entries({ ...claims, communities })));
}

/** The claims as they are written in one way only. */
function read(communities: string): string[] {
  return parse(communities).value.communities.map(formatCommunityClaim);
}

/** The message of the refusal. */
function refusalOf(communities: string, claims: Record<string, string> = CLAIMS): string {
  try {
    parse(communities, claims);
  } catch (error) {
    if (error instanceof FlockError && error.code === 'annotationInvalid') return error.message;
    throw error;
  }
  throw new Error('the annotation was accepted');
}

const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `64600:${at}`);

describe('the annotation communities', () => {
  it('names communities of both kinds, for all claimed addresses or for one', () => {
    const text = ' 64600:100 ,64600:1:100,\t192.0.2.53=64600:200, 2001:DB8:0::53/128=64600:1:200, 192.0.2.80/32=0:0';
    const { value, warnings } = parse(text);
    expect(warnings).toEqual([]);
    expect(value.communities.map(formatCommunityClaim)).toEqual([
      '64600:100',
      '64600:1:100',
      '192.0.2.53=64600:200',
      '2001:db8::53=64600:1:200',
      '192.0.2.80=0:0',
    ]);
  });

  it('counts an item once, in whatever way its address is written', () => {
    expect(read('1:1,1:1, 2001:db8::53=1:1, 2001:db8:0::53/128=1:1')).toEqual(['1:1', '2001:db8::53=1:1']);
  });

  it('may be blank', () => {
    expect(read('')).toEqual([]);
    expect(read(' \t')).toEqual([]);
  });

  it('may have 64 communities on an address, whichever way they come to it, and no more', () => {
    expect(read(many(64).join())).toHaveLength(64);
    expect(read([...many(32), ...many(64).map((one) => `192.0.2.53=${one}`)].join())).toHaveLength(96);
    const one = 'annotation flock.fritzlab.net/communities:';
    expect(refusalOf(many(65).join())).toBe(`${one} "192.0.2.53" has 65 communities; 64 of both kinds are the most`);
    expect(refusalOf([...many(64), '2001:db8::53=1:1:1'].join())).toBe(
      `${one} "2001:db8::53" has 65 communities; 64 of both kinds are the most`,
    );
  });

  it.each([
    ['64600', 'must be a community such as 64600:100'],
    ['64600:100:1:1', 'must be a community'],
    ['064600:100', 'without leading zeros'],
    ['64600:0100', 'without leading zeros'],
    ['65536:1', 'has a number above 65535; an AS number of four bytes needs a large community'],
    ['1:1:4294967296', 'must be a community'],
    ['64600:*', 'must be a community'],
    ['no-export', 'must be a community'],
    ['64600:100,', 'has an empty item'],
    ['64600:100 64600:200', 'must be a community'],
    ['64600:100\n', 'must be a community'],
    ['64600:100));bgp_med=1;#', 'must be a community'],
    ['{{#each peers}}1:1{{/each}}', 'must be a community'],
    ['192.0.2.53=', 'must be a community'],
    ['=1:1', 'must have one address before the =, such as 192.0.2.53=1:1: it must be an IPv4 or IPv6 address'],
    ['192.0.2.53=192.0.2.80=1:1', 'must be a community'],
    ['192.0.2.53 =1:1', 'must have one address before the ='],
    ['192.0.2.0/24=1:1', 'must be a single address; write 192.0.2.0 or 192.0.2.0/32'],
    ['192.0.2.5=1:1', 'is for 192.0.2.5, which the pod does not claim; name it in anycast or addresses as well'],
    [many(257).join(), 'has more than 256 items'],
  ])('%j is refused', (text, rule) => {
    const message = refusalOf(text);
    expect(message.startsWith('annotation flock.fritzlab.net/communities: "')).toBe(true);
    expect(message).toContain(rule);
    expect(message).toMatch(/^\P{Cc}{1,400}$/u);
  });

  it('of a pod that claims nothing has no effect, and says so; what it cannot mean is refused all the same', () => {
    expect(parse('1:1', {}).warnings).toEqual([
      {
        code: 'annotationUnknown',
        message:
          'annotation flock.fritzlab.net/communities has no effect: the pod claims no address with anycast or addresses',
      },
    ]);
    expect(parse('', {}).warnings).toEqual([]);
    expect(refusalOf('1', {})).toContain('must be a community');
    expect(refusalOf('192.0.2.53=1:1', {})).toContain('which the pod does not claim');
  });
});
