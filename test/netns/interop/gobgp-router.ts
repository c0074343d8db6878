import type { BgpPath } from '../../lab/bgp-path.ts';
import { Gobgp } from '../../lab/gobgp.ts';
import { gobgpPaths } from '../../lab/gobgp-paths.ts';
import type { Lab, Namespace } from '../../lab/lab.ts';
import { NODE_ASN, OFFERED, ROUTER_ASN, SESSIONS } from './plan.ts';
import type { ForeignRouter } from './world.ts';

/** GoBGP as the router of a world. */
export class GobgpRouter implements ForeignRouter {
  readonly gobgpd: Gobgp;

  private constructor(gobgpd: Gobgp) {
    this.gobgpd = gobgpd;
  }

  static async start(lab: Lab, namespace: Namespace): Promise<GobgpRouter> {
    const router = new GobgpRouter(await Gobgp.start(lab, namespace, gobgpdConfig()));
    await router.#offer();
    return router;
  }

  get namespace(): Namespace {
    return this.gobgpd.namespace;
  }

  async paths(): Promise<BgpPath[]> {
    const tables = ['ipv4', 'ipv6'].map((family) => this.gobgpd.json('global', 'rib', '-a', family));
    return (await Promise.all(tables)).flatMap(gobgpPaths);
  }

  async restart(signal: NodeJS.Signals): Promise<void> {
    await this.gobgpd.stopDaemon(signal);
    await this.gobgpd.startDaemon();
    await this.#offer();
  }

  /** Its own routes live in its memory only. */
  async #offer(): Promise<void> {
    for (const [family, prefixes] of Object.entries(OFFERED))
      for (const prefix of prefixes) await this.gobgpd.gobgp('global', 'rib', 'add', prefix, '-a', family);
  }
}

/** One neighbour for each session. */
function gobgpdConfig(): string {
  const neighbours = SESSIONS.flatMap(({ node, router, families, internal, password, ttlSecurity }) => [
    '[[neighbors]]',
    '[neighbors.config]',
    `neighbor-address = "${node}"`,
    `peer-as = ${internal === true ? ROUTER_ASN : NODE_ASN}`,
    ...(password === undefined ? [] : [`auth-password = ${JSON.stringify(password)}`]),
    ...(ttlSecurity === undefined ? [] : ['[neighbors.ttl-security.config]', 'enabled = true', 'ttl-min = 255']),
    '[neighbors.transport.config]',
    `local-address = "${router}"`,
    ...families.flatMap((family) => [
      '[[neighbors.afi-safis]]',
      '[neighbors.afi-safis.config]',
      `afi-safi-name = "${family}-unicast"`,
    ]),
  ]);
  return ['[global.config]', `as = ${ROUTER_ASN}`, 'router-id = "10.0.1.254"', ...neighbours, ''].join('\n');
}
