import { describe, expect, it } from 'vitest';
import { type ClaimEvidence, rebuiltClaims } from '../../../../src/engine/start/rebuilt-claims.ts';
import { address, community } from '../../model/fixtures.ts';

const OWN = address('10.1.0.2');
const ON_LO = address('192.0.2.1');
const ON_ETH = address('192.0.2.2');
const CHOSEN = address('192.0.2.66');

/** A pod with an address of each kind, and with `more` on both of its interfaces. */
function claimsOf(evidence: Partial<ClaimEvidence>, more: ClaimEvidence['own'] = []) {
  const sandbox = {
    ...{ path: '/run/netns/web', podMac: '02:00:00:00:00:01', sources: [OWN] },
    ...{ onLoopback: [ON_LO, ...more], onInterface: [OWN, ON_ETH, ...more] },
  };
  return rebuiltClaims({ sandbox, own: [OWN], routed: [], annotations: undefined, ...evidence });
}

describe('claims of a pod whose allocation is lost', () => {
  it('are what its namespace has and its annotations name', () => {
    const annotations = { anycast: [ON_LO], addresses: [ON_ETH], communities: [] };
    expect(claimsOf({ annotations })).toMatchObject({ anycast: [ON_LO], addresses: [ON_ETH] });
  });

  it('are not what a pod has given to itself', () => {
    const annotations = { anycast: [ON_LO], addresses: [], communities: [] };
    expect(claimsOf({ annotations }, [CHOSEN])).toMatchObject({ anycast: [ON_LO], addresses: [] });
  });

  it('stay where the annotation has been edited since, as long as they are routed', () => {
    const annotations = { anycast: [CHOSEN], addresses: [], communities: [] };
    expect(claimsOf({ annotations, routed: [ON_LO] })).toMatchObject({ anycast: [ON_LO], addresses: [] });
  });

  it('are all that is found where nothing is known of the annotations, each once', () => {
    expect(claimsOf({}, [CHOSEN])).toMatchObject({ anycast: [ON_LO, CHOSEN], addresses: [ON_ETH] });
  });

  it('are what is routed where the namespace cannot be found', () => {
    const annotations = { anycast: [], addresses: [ON_ETH, CHOSEN], communities: [] };
    const claims = claimsOf({ sandbox: undefined, annotations, routed: [ON_LO, ON_ETH] });
    expect(claims).toMatchObject({ anycast: [ON_LO], addresses: [ON_ETH] });
  });

  it('have the communities of the annotation on what they still have, and none where it is not known', () => {
    const everywhere = { address: undefined, community: community('64600:100') };
    const here = { address: ON_LO, community: community('64600:1:1') };
    const elsewhere = { address: CHOSEN, community: community('64600:1:2') };
    const annotations = { anycast: [ON_LO, CHOSEN], addresses: [], communities: [everywhere, here, elsewhere] };
    expect(claimsOf({ annotations }).communities).toEqual([everywhere, here]);
    expect(claimsOf({ sandbox: undefined, annotations, routed: [ON_LO] }).communities).toEqual([everywhere, here]);
    expect(claimsOf({}).communities).toEqual([]);
  });
});
