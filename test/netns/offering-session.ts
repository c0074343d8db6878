/**
 * A session of a router, in the words of BIRD's configuration: it takes everything, and offers what the protocols
 * `offer4` and `offer6` of its BIRD have.
 * @param local address and AS of the router, `10.0.0.254 as 64600`
 * @param neighbor the same of the node
 * @param rest more lines of the protocol
 */
export function offeringSession(name: string, local: string, neighbor: string, rest = ''): string {
  return `
protocol bgp ${name} {
	local ${local};
	neighbor ${neighbor};
	direct;
	connect delay time 1; connect retry time 1; error wait time 1, 1;
	${rest}
	ipv4 { import all; export where proto = "offer4"; next hop self; };
	ipv6 { import all; export where proto = "offer6"; next hop self; };
}`;
}
