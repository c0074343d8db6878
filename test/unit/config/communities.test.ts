import { describe, expect, it } from 'vitest';
import { parse, refusalsWith } from './fixtures.ts';

function rule(communities: string): string {
  return `advertise: { allow: [{ prefixes: [192.0.2.0/24], namespaces: ["*"], communities: ${communities} }] }\n`;
}

describe('advertise.allow[].communities', () => {
  it('are patterns of either kind, whose last numbers may be *', () => {
    const text = '[64600:100, 64600:*, 64600:1:100, 4200000000:1:*, 64600:*:*, "0:0"]';
    const [allowed] = parse(`pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: 1 }\n${rule(text)}`).advertise.allow;
    expect(allowed?.communities).toEqual([
      { text: '64600:100', numbers: [64_600, 100] },
      { text: '64600:*', numbers: [64_600, undefined] },
      { text: '64600:1:100', numbers: [64_600, 1, 100] },
      { text: '4200000000:1:*', numbers: [4_200_000_000, 1, undefined] },
      { text: '64600:*:*', numbers: [64_600, undefined, undefined] },
      { text: '0:0', numbers: [0, 0] },
    ]);
  });

  it.each([
    ['[]', 'communities must not be empty; omit the key'],
    ['64600:100', 'communities = "64600:100" must be a list'],
    ['[64600]', 'communities[0] = 64600 must be a text'],
    ['["*"]', 'communities[0] = "*" must be a community such as 64600:100, 64600:*'],
    ['["*:*"]', 'must be a community such as'],
    ['["*:100"]', 'must be a community such as'],
    ['[64600:*:100]', 'must be a community such as'],
    ['[64600:1:2:3]', 'must be a community such as'],
    ['[64600:0100]', 'without leading zeros'],
    ['["64600:1 "]', 'must be a community such as'],
    ['["64600:1\\n"]', 'must be a community such as'],
    ['[64600:10*]', 'must be a community such as'],
    ['[65536:1]', 'must have numbers from 0 to 65535; larger AS numbers need a large community such as 4200000000:1:*'],
    ['[1:2:4294967296]', 'must have numbers from 0 to 4294967295'],
    [`[${Array.from({ length: 65 }, (_, at) => `1:${at}`).join()}]`, 'must not have more than 64 entries'],
  ])('%s are refused', (communities, refusal) => {
    const refusals = refusalsWith(rule(communities));
    expect(refusals.join()).toContain(refusal);
    expect(refusals.join()).toContain('advertise.allow[0].communities');
  });
});
