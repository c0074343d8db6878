import type { Lab, LabBird, Namespace } from './lab.ts';

/** A neighbour of the router, which is a node. */
export interface Neighbour {
  name: string;
  /** The node's address on the link to the router: where the session goes. */
  address: string;
  asn: number;
}

/** Route protocol number under which BIRD installs its routes; `ip` calls it `bird` (RTPROT_BIRD, linux/rtnetlink.h). */
const RTPROT_BIRD = 12;

/** One route of a kernel as `ip -json route` shows it. */
export interface KernelRoute {
  dst: string;
  gateway?: string;
  via?: { host: string };
  dev?: string;
  protocol?: string;
  nexthops?: { gateway?: string; via?: { host: string }; dev: string; weight: number }[];
}

/**
 * A top-of-rack router: a namespace with a real BIRD that peers with nodes, takes everything they announce, installs it
 * with equal-cost multipath, and gives them a default route.
 */
export class Router {
  readonly namespace: Namespace;
  readonly bird: LabBird;

  private constructor(namespace: Namespace, bird: LabBird) {
    this.namespace = namespace;
    this.bird = bird;
  }

  /** Starts the router in a namespace that has its links already. */
  static async start(
    lab: Lab,
    namespace: Namespace,
    options: { asn: number; routerId: string; neighbours: readonly Neighbour[] },
  ): Promise<Router> {
    // Hashing ports too spreads the connections of one client over the paths (ip-sysctl.rst, fib_multipath_hash_policy).
    await namespace.exec(['sh', '-c', SYSCTLS]);
    const bird = await lab.bird(namespace, routerConfig(options));
    return new Router(namespace, bird);
  }

  /** One command to the router's BIRD. */
  birdc(command: string): Promise<string> {
    return this.bird.birdc(command);
  }

  /** Routes of both families that BIRD has put into the router's kernel. */
  async kernelRoutes(): Promise<KernelRoute[]> {
    const families = ['-4', '-6'].map(async (family) => {
      const { stdout } = await this.namespace.exec([
        'ip',
        family,
        '-json',
        'route',
        'show',
        'proto',
        String(RTPROT_BIRD),
      ]);
      return JSON.parse(stdout) as KernelRoute[];
    });
    return (await Promise.all(families)).flat();
  }

  /** The next hops of the router's kernel for one address, sorted; none when it has no host route for it. */
  async nextHops(address: string): Promise<string[]> {
    const routes = (await this.kernelRoutes()).filter((route) => route.dst === address);
    return routes
      .flatMap((route) => (route.nexthops ?? [route]).map((hop) => hop.gateway ?? hop.via?.host ?? '?'))
      .sort();
  }
}

const SYSCTLS = `
  echo 1 > /proc/sys/net/ipv4/ip_forward
  echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
  echo 1 > /proc/sys/net/ipv4/fib_multipath_hash_policy
  echo 1 > /proc/sys/net/ipv6/fib_multipath_hash_policy`;

/** The router's bird.conf: short timers so that a lab does not wait for a session. */
function routerConfig(options: { asn: number; routerId: string; neighbours: readonly Neighbour[] }): string {
  const channel = (family: string, defaultRoute: string): string =>
    `  ${family} { import all; export where net = ${defaultRoute}; next hop self; };`;
  const sessions = options.neighbours.map((neighbour) =>
    [
      `protocol bgp ${neighbour.name} {`,
      `  local as ${options.asn};`,
      `  neighbor ${neighbour.address} as ${neighbour.asn};`,
      '  connect delay time 1;',
      '  connect retry time 1;',
      '  error wait time 1, 2;',
      channel('ipv4', '0.0.0.0/0'),
      channel('ipv6', '::/0'),
      '}',
    ].join('\n'),
  );
  return [
    'log stderr { warning, error, fatal, bug };',
    `router id ${options.routerId};`,
    'protocol device {}',
    'protocol static default4 { ipv4; route 0.0.0.0/0 unreachable; }',
    'protocol static default6 { ipv6; route ::/0 unreachable; }',
    'protocol kernel { merge paths on; ipv4 { import none; export where source = RTS_BGP; }; }',
    'protocol kernel { merge paths on; ipv6 { import none; export where source = RTS_BGP; }; }',
    ...sessions,
    '',
  ].join('\n');
}
