import type { BgpPath } from '../../lab/bgp-path.ts';
import { Frr } from '../../lab/frr.ts';
import { frrPaths } from '../../lab/frr-paths.ts';
import type { Lab, Namespace } from '../../lab/lab.ts';
import { NODE_ASN, OFFERED, ROUTER_ASN, SESSIONS } from './plan.ts';
import type { ForeignRouter } from './world.ts';

/** FRR as the router of a world. */
export class FrrRouter implements ForeignRouter {
  readonly frr: Frr;

  private constructor(frr: Frr) {
    this.frr = frr;
  }

  static async start(lab: Lab, namespace: Namespace): Promise<FrrRouter> {
    return new FrrRouter(await Frr.start(lab, namespace, bgpdConfig(), BFDD_CONFIG));
  }

  get namespace(): Namespace {
    return this.frr.namespace;
  }

  async paths(): Promise<BgpPath[]> {
    const tables = ['ipv4', 'ipv6'].map((family) => this.frr.json(`show bgp ${family} unicast json detail`));
    return (await Promise.all(tables)).flatMap(frrPaths);
  }

  async restart(signal: NodeJS.Signals): Promise<void> {
    await this.frr.stopDaemon('bgpd', signal);
    await this.frr.startDaemons();
  }
}

/**
 * Who of both notices what: FRR a node that is silent for three packets at 2 s, by the multiplier of flockd's; BIRD a router
 * that is silent for twenty, since no test has a dead router. With the 900 ms that are usual a session goes down when the
 * machine is busy.
 */
const PATIENT = 'patient';
const BFDD_CONFIG = [
  'bfd',
  ` profile ${PATIENT}`,
  '  detect-multiplier 20',
  '  receive-interval 2000',
  '  transmit-interval 2000',
  ' exit',
  'exit',
  '',
].join('\n');

/** One neighbour for each session; short timers so that a test does not wait for a connection. */
function bgpdConfig(): string {
  const neighbours = SESSIONS.flatMap(({ node, router, internal, password, ttlSecurity, bfd }) => [
    ` neighbor ${node} remote-as ${internal === true ? ROUTER_ASN : NODE_ASN}`,
    ` neighbor ${node} update-source ${router}`,
    ` neighbor ${node} timers connect 1`,
    ...(password === undefined ? [] : [` neighbor ${node} password ${password}`]),
    ...(ttlSecurity === undefined ? [] : [` neighbor ${node} ttl-security hops 1`]),
    ...(bfd === undefined ? [] : [` neighbor ${node} bfd profile ${PATIENT}`]),
  ]);
  const families = (['ipv4', 'ipv6'] as const).flatMap((family) => [
    ` address-family ${family} unicast`,
    ...OFFERED[family].map((prefix) => `  network ${prefix}`),
    ...SESSIONS.filter((session) => session.families.includes(family)).map(({ node }) => `  neighbor ${node} activate`),
    ' exit-address-family',
  ]);
  return [
    `router bgp ${ROUTER_ASN}`,
    ' bgp router-id 10.0.1.254',
    // FRR takes and gives nothing over an external session without a policy (RFC 8212) unless told.
    ' no bgp ebgp-requires-policy',
    ' no bgp default ipv4-unicast',
    ' no bgp network import-check',
    ...neighbours,
    ...families,
    '',
  ].join('\n');
}
