import { expect, it } from 'vitest';
import type { AddressDecision } from '../../../src/advertise/decision.ts';
import { refusedClaims } from '../../../src/engine/refused-claims.ts';
import { address } from '../model/fixtures.ts';

const withheld = (reason: 'notAllowed' | 'notReady', message: string) => ({ reason, message });

function decision(text: string, name: string, why: ReturnType<typeof withheld> | undefined): AddressDecision {
  return {
    ...{
      address: address(text),
      kind: 'anycast',
      nextHops: [],
      communities: [],
      reason: why?.reason,
      message: undefined,
    },
    claimants: [{ namespace: 'dns', name, containerId: 'c1', withheld: why }],
  };
}

it('claims that the configuration refuses today are one problem for each pod, with rule and remedy', () => {
  const refused = withheld(
    'notAllowed',
    'annotation flock.fritzlab.net/anycast: 192.0.2.1 is refused: no rule covers it',
  );
  const problems = refusedClaims([
    ...['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((one) => decision(one, 'web', refused)),
    decision('192.0.2.5', 'other', withheld('notReady', 'x')),
    decision('192.0.2.6', 'fine', undefined),
  ]);
  expect(problems).toEqual([
    {
      code: 'notAllowed',
      message:
        'pod dns/web, container c1: 192.0.2.1, 192.0.2.2, 192.0.2.3 and 1 more not announced through it; annotation flock.fritzlab.net/anycast: 192.0.2.1 is refused: no rule covers it; put the rule of advertise.allow back, or take the claim out of the annotation and add the pod again',
    },
  ]);
});
