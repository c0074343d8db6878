import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BgpPath } from '../../lab/bgp-path.ts';
import { eventually, type Lab, type Namespace } from '../../lab/lab.ts';
import { FlockNode, type LabPod } from '../../lab/node.ts';
import { fileWorld } from '../file-world.ts';
import {
  ALLOWED,
  carried,
  DNS,
  type Family,
  familyOf,
  MARKS,
  NODE_ASN,
  POOLS,
  ROUTER_ASN,
  SESSIONS,
  type Session,
  WEB,
} from './plan.ts';

/** A router that is not BIRD, in the words of these tests. */
export interface ForeignRouter {
  readonly namespace: Namespace;
  /** All paths that it has from its neighbours, in both families. */
  paths(): Promise<BgpPath[]>;
  /** Ends it, in an orderly way or as in a crash, and starts it again. */
  restart(signal: NodeJS.Signals): Promise<void>;
}

export interface World<R> {
  readonly lab: Lab;
  readonly router: R;
  readonly node: FlockNode;
  readonly dns: LabPod;
}

/** A router and a node with two ready pods, from before the first test of a file until after its last. */
export function interopWorld<R extends ForeignRouter>(
  purpose: string,
  startRouter: (lab: Lab, namespace: Namespace) => Promise<R>,
): () => World<R> {
  return fileWorld(purpose, async (lab) => {
    const routerNamespace = await lab.namespace('router');
    const namespace = await lab.namespace('node1');
    await lab.connect(routerNamespace, 'to-node1', namespace, 'uplink0', {
      a: linkAddresses(SESSIONS.map(({ router }) => router)),
      b: linkAddresses(SESSIONS.map(({ node }) => node)),
    });
    for (const { name, password } of SESSIONS)
      if (password !== undefined) await writeFile(passwordFile(lab, name), `${password}\n`, { mode: 0o600 });
    const router = await startRouter(lab, routerNamespace);
    const node = await FlockNode.create(lab, namespace, {
      pools: POOLS,
      advertise: { allow: [ALLOWED] },
      bgp: { asn: NODE_ASN, peers: peers(lab) },
    });
    await node.startBird();
    await node.startDaemon();
    const dns = await node.runPod({ name: 'dns', annotations: { anycast: DNS.join() }, ready: true });
    const annotations = { addresses: WEB.join(), communities: MARKS.annotation };
    await node.runPod({ name: 'web', annotations, ready: true });
    return { lab, router, node, dns };
  });
}

/** The peers of flock.yaml. @param more keys to add, by the name of the session. */
export function peers(lab: Lab, more: Record<string, object> = {}): object[] {
  return SESSIONS.map((session: Session) => {
    const { name, router, node, families, internal, password, ttlSecurity, bfd, gracefulRestart } = session;
    return {
      ...{ name, address: router, sourceAddress: node, asn: ROUTER_ASN, families },
      ...(internal === undefined ? {} : { localAsn: ROUTER_ASN }),
      ...(password === undefined ? {} : { passwordFile: passwordFile(lab, name) }),
      ...(ttlSecurity === undefined ? {} : { ttlSecurity }),
      ...(bfd === undefined ? {} : { bfd }),
      ...(gracefulRestart === undefined ? {} : { gracefulRestart }),
      ...(session.export === undefined ? {} : { export: session.export }),
      ...more[name],
    };
  });
}

function passwordFile(lab: Lab, session: string): string {
  return join(lab.dir, `password-${session}`);
}

/**
 * The addresses of one end of the link, in the order to add them. The kernel lists its IPv6 addresses the other way round
 * (ipv6_link_dev_addr in net/ipv6/addrconf.c), and BIRD takes the first of a family for the link's own.
 */
function linkAddresses(addresses: readonly string[]): string[] {
  const of = (family: Family): string[] => addresses.filter((address) => familyOf(address) === family);
  return [
    ...of('ipv4').map((address) => `${address}/24`),
    ...of('ipv6')
      .reverse()
      .map((address) => `${address}/64`),
  ];
}

/** Waits until the router has exactly these prefixes over each session, and returns its paths. */
export async function settled(
  router: ForeignRouter,
  prefixes: readonly string[],
  timeoutMs = 20_000,
): Promise<BgpPath[]> {
  return eventually(
    async () => {
      const paths = await router.paths();
      for (const session of SESSIONS) {
        const has = paths.filter(({ neighbour }) => neighbour === session.node).map(({ prefix }) => prefix);
        const wanted = carried(session, prefixes);
        if (has.sort().join() !== wanted.join()) throw new Error(`${session.name}: ${has.join(' ')}`);
      }
      return paths;
    },
    `the router has ${prefixes.join(' ')} over each session that carries them`,
    timeoutMs,
  );
}
