import { describe, expect, it } from 'vitest';
import { FAMILIES, familyOf } from '../../../src/model/address.ts';
import { isPodGateway, POD_GATEWAYS } from '../../../src/model/gateways.ts';
import { address } from './fixtures.ts';

describe('the gateways of pods', () => {
  it('are one for each family', () => {
    for (const family of FAMILIES) expect(familyOf(POD_GATEWAYS[family])).toBe(family);
  });

  it('are what pods find in their routes', () => {
    expect(POD_GATEWAYS).toEqual({ 4: '169.254.1.1', 6: 'fe80::1' });
  });

  it.each([
    ['169.254.1.1', true],
    ['fe80::1', true],
    ['169.254.1.2', false],
    ['fe80::2', false],
    ['10.0.0.1', false],
  ])('%s: %s', (text, expected) => {
    expect(isPodGateway(address(text))).toBe(expected);
  });
});
