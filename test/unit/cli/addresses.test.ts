import { expect, it } from 'vitest';
import type { AddressJson } from '../../../src/api/types.ts';
import { formatAddresses } from '../../../src/cli/addresses.ts';

const NOW = new Date('2026-01-02T03:04:05Z');

function row(changes: Partial<AddressJson> = {}): AddressJson {
  return {
    address: '192.0.2.53',
    kind: 'anycast',
    state: 'advertised',
    reason: '',
    message: '',
    pods: [{ namespace: 'dns', name: 'one' }],
    nextHops: [{ via: '10.1.1.2', interface: 'flock00000001' }],
    communities: [],
    largeCommunities: [],
    since: '2026-01-02T03:04:00Z',
    ...changes,
  };
}

it('the table of addresses has no column of communities where no address has any', () => {
  expect(formatAddresses([row()], NOW)).toBe(
    [
      'ADDRESS     KIND     STATE       SINCE  NEXT HOPS                   PODS',
      '192.0.2.53  anycast  advertised  5s     10.1.1.2 dev flock00000001  dns/one',
      '',
    ].join('\n'),
  );
});

it('the table of addresses shows both kinds of communities in one column', () => {
  const marked = row({ communities: ['64600:100', '64600:200'], largeCommunities: ['64600:1:100'] });
  const withheld = row({ address: '192.0.2.54', state: 'withheld', reason: 'notReady', nextHops: [] });
  expect(formatAddresses([marked, withheld], NOW)).toBe(
    [
      'ADDRESS     KIND     STATE               SINCE  NEXT HOPS                   COMMUNITIES                      PODS',
      '192.0.2.53  anycast  advertised          5s     10.1.1.2 dev flock00000001  64600:100,64600:200,64600:1:100  dns/one',
      '192.0.2.54  anycast  withheld: notReady  5s     -                           -                                dns/one',
      '',
    ].join('\n'),
  );
});

it('the wide table of addresses has the sentence behind each reason, with what a pod may have put into it escaped', () => {
  const message = 'the Ready condition is False (\u001b[2J)';
  const withheld = row({ state: 'withheld', reason: 'notReady', message, nextHops: [] });
  expect(formatAddresses([withheld], NOW, true)).toBe(
    [
      'ADDRESS     KIND     STATE               SINCE  NEXT HOPS  PODS     WHY',
      '192.0.2.53  anycast  withheld: notReady  5s     -          dns/one  the Ready condition is False (\\u001b[2J)',
      '',
    ].join('\n'),
  );
});
