import type { RouterPlan } from './names.ts';
import { NODE_ASN } from './names.ts';

/**
 * The bird.conf of a router: short timers, every AS number of the node is welcome, and each address that the node may
 * speak from has a session of its own. Changes of sessions and routes are logged, in order: that is what is watched.
 */
export function routerConfig({ asn, address, sources }: RouterPlan): string {
  const session = (name: string, source: string): string => `
protocol bgp ${name} {
	debug { states, routes };
	local ${address} as ${asn};
	neighbor ${source} external;
	connect delay time 1; connect retry time 1; error wait time 1, 1;
	ipv4 { import all; export where proto = "offer4"; next hop self; };
	ipv6 { import all; export where proto = "offer6"; next hop self; };
}`;
  return `
log stderr all;
router id ${address};
protocol device { scan time 10; }
protocol static offer4 { ipv4; route 0.0.0.0/0 unreachable; route 203.0.113.0/24 unreachable; }
protocol static offer6 { ipv6; route ::/0 unreachable; route 2001:db8:cafe::/48 unreachable; }
protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; }
protocol kernel { ipv6 { import none; export where source = RTS_BGP; }; }
${sources.map((source, index) => session(`node${index + 1}`, source)).join('\n')}
# The node has AS ${NODE_ASN}.
`;
}
