import { createConfigRenderer } from '../../../src/bird/render/render.ts';
import type { HostFacts } from '../../../src/bird/types.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { FlockNode } from '../../lab/node.ts';
import { address } from '../../unit/model/fixtures.ts';
import { configText, type Desk } from './desk.ts';
import { ROUTERS, SILENT } from './names.ts';

/** The host of the node: what the kernel says of it, by its addresses. */
function factsOf(routerId: HostFacts['routerId'], desk: Desk): HostFacts {
  const plans = [...ROUTERS, { address: SILENT.address, sources: ROUTERS[0].sources }];
  const source = (peer: string): string => plans.find((plan) => plan.address === peer)?.sources[0] ?? '';
  return {
    routerId,
    sourceAddresses: new Map(desk.peers.map((peer) => [peer.name, address(source(String(peer.address)))])),
    connectedNetworks: ROUTERS.flatMap((_, index) => [`10.0.${index + 1}.0/24`, `2001:db8:0:${index + 1}::/64`]).sort(),
  };
}

/**
 * The `bird.conf` that must come of a desk and the templates that lie in the node's folder now, to the byte. Rendering is
 * proven elsewhere; here it tells that exactly this came into force and nothing that was written earlier.
 */
export function wantedText(node: FlockNode, desk: Desk): string {
  const config = parseConfig(configText(desk), { hostname: 'node1' });
  const renderer = createConfigRenderer(node.path('templates'));
  return renderer.render({ config, facts: factsOf(config.bgp.routerId, desk) });
}
