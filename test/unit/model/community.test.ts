import { describe, expect, it } from 'vitest';
import {
  type CommunityClaim,
  communitiesOn,
  communityNumbers,
  formatCommunityClaim,
  isLarge,
  parseCommunity,
  sortCommunities,
} from '../../../src/model/community.ts';
import { address, community } from './fixtures.ts';

describe('the text of a community', () => {
  it.each([
    ['0:0', [0, 0]],
    ['64600:100', [64_600, 100]],
    ['65535:65535', [65_535, 65_535]],
    ['0:0:0', [0, 0, 0]],
    ['4294967295:1:4294967295', [4_294_967_295, 1, 4_294_967_295]],
  ])('%s is read', (text, numbers) => {
    expect(parseCommunity(text)).toBe(text);
    expect(communityNumbers(text)).toEqual(numbers);
    expect(isLarge(community(text))).toBe(numbers.length === 3);
  });

  it.each([
    ...[
      '',
      ':',
      '1',
      '1:',
      ':1',
      '1:2:',
      '1:2:3:4',
      '64600 100',
      '64600:100 ',
      ' 1:1',
      '1:1\n',
      '1:-1',
      '+1:1',
      '1.5:1',
    ],
    ...['01:1', '1:00', '1:1:01', '65536:1', '1:65536', '4294967296:1:1', '1:1:99999999999', '1e3:1', '0x1:1', '١:1'],
    ...['(1,1)', '1:1));', '1:*', 'no_export', '1:1;#', '\u0000'],
  ])('%j is refused', (text) => {
    expect(parseCommunity(text)).toBeUndefined();
    expect(communityNumbers(text)).toBeUndefined();
  });
});

it('communities are sorted by their numbers, large ones behind the others, each once', () => {
  const texts = ['9:1:1', '10:1', '9:2', '9:1:0', '9:10', '9:2', '1:1:1'];
  expect(sortCommunities(texts.map(community))).toEqual(['9:2', '9:10', '10:1', '1:1:1', '9:1:0', '9:1:1']);
});

describe('claims of communities', () => {
  const [here, there] = [address('192.0.2.53'), address('2001:db8::53')];
  const claims: CommunityClaim[] = [
    { address: undefined, community: community('9:9') },
    { address: here, community: community('9:1:1') },
    { address: here, community: community('9:9') },
    { address: here, community: community('9:1') },
  ];

  it('without an address are for all of them, with one for it alone as well', () => {
    expect(communitiesOn(claims, here)).toEqual(['9:1', '9:9', '9:1:1']);
    expect(communitiesOn(claims, there)).toEqual(['9:9']);
    expect(communitiesOn([], here)).toEqual([]);
    expect(communitiesOn(claims, here)).toBe(communitiesOn(claims, here));
  });

  it('are written as the annotation has them', () => {
    expect(claims.slice(0, 2).map(formatCommunityClaim)).toEqual(['9:9', '192.0.2.53=9:1:1']);
  });
});
