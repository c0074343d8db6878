import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createConfigRenderer } from '../../src/bird/render/render.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Lab, LabBird } from '../lab/lab.ts';
import { address } from '../unit/model/fixtures.ts';
import { offeringSession } from './offering-session.ts';
import { configure, FOREIGN, type Texts } from './preview-lab.ts';

/** Parts of an operator's own, so that filters, functions, definitions and tables lie behind one another. */
const OVERLAY: Readonly<Record<string, string>> = {
  'log.hbs': 'log stderr all;\ndebug channels all;',
  'global-extra.hbs': `
ipv4 table spare4;
define MARK = 7;
define LIFTED = (MARK + 200);
define NARROW = [ 198.18.0.0/15+, 203.0.113.0/24 ];
function is_narrow(int least) { return net.len >= least; }
function is_odd() { return is_narrow(30) && bgp_path.len > 3; }
`,
  'import-extra.hbs': 'if is_odd() then reject;\npreference = LIFTED;',
  'export-extra.hbs': 'bgp_med = MARK;',
};

/** Peers of the node by name, as `flock.yaml` has them. */
export type Peers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** An external router, an internal one, and one with BFD. Each speaks to an address of the node of its own. */
export const PEERS: Peers = {
  outer: { address: '10.0.0.254', asn: 64600, families: ['ipv4', 'ipv6'], sourceAddress: '10.0.0.1' },
  inner: { address: '10.0.0.253', asn: 64601, families: ['ipv4', 'ipv6'], sourceAddress: '10.0.0.2' },
  near: { address: '10.0.0.252', asn: 64600, families: ['ipv4'], sourceAddress: '10.0.0.3', bfd: true },
};

/** The router at the other end of all sessions. */
const ROUTER = `
log stderr { warning, error, fatal, bug };
router id 10.0.0.254;
protocol device { scan time 10; }
protocol bfd { interface "*" { interval 100 ms; multiplier 3; }; }
protocol static offer4 { ipv4; route 0.0.0.0/0 unreachable; route 203.0.113.0/24 unreachable; }
protocol static offer6 { ipv6; route ::/0 unreachable; }
${offeringSession('outer', '10.0.0.254 as 64600', '10.0.0.1 as 64601')}
${offeringSession('inner', '10.0.0.253 as 64601', '10.0.0.2 as 64601')}
${offeringSession('near', '10.0.0.252 as 64600', '10.0.0.3 as 64601', 'bfd on;')}
`;

/** The node's BIRD, which runs the base, and the router. */
export interface PreviewBase {
  readonly node: LabBird;
  readonly router: LabBird;
  readonly base: Texts;
}

/** Starts both in a lab. @param edit what is to be another in the base. */
export async function startBase(lab: Lab, edit = (rendered: Texts): Texts => rendered): Promise<PreviewBase> {
  const routerNamespace = await lab.namespace('router');
  const namespace = await lab.namespace('node');
  // The last IPv4 address of the node is one that a session can move to.
  await lab.connect(routerNamespace, 'to-node', namespace, 'uplink0', {
    a: ['10.0.0.254/24', '10.0.0.253/24', '10.0.0.252/24', '2001:db8::fe/64'],
    b: ['10.0.0.1/24', '10.0.0.2/24', '10.0.0.3/24', '10.0.0.9/24', '2001:db8::1/64'],
  });
  const router = await lab.bird(routerNamespace, ROUTER);
  const base = edit(renderBase(lab.dir, PEERS));
  const node = await lab.bird(namespace, FOREIGN);
  await configure(node, base);
  return { node, router, base };
}

/** Renders what the node has, with the real templates and the overlay. */
export function renderBase(folder: string, peers: Peers, routerId = '10.0.0.1'): Texts {
  const templates = join(folder, 'templates');
  for (const [name, text] of Object.entries(OVERLAY)) {
    const path = join(templates, 'partials', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const yaml = {
    pools: { ipv4: '10.1.1.0/24', ipv6: '2001:db8:1:1::/64' },
    bgp: { asn: 64601, peers: Object.entries(peers).map(([name, peer]) => ({ name, ...peer })) },
  };
  const facts = {
    routerId: address(routerId),
    sourceAddresses: new Map(Object.entries(peers).map(([name, peer]) => [name, address(String(peer.sourceAddress))])),
    connectedNetworks: ['10.0.0.0/24'],
  };
  const config = createConfigRenderer(templates).render({
    config: parseConfig(JSON.stringify(yaml), { hostname: 'node1' }),
    facts,
  });
  return { config, announcements: ANNOUNCEMENTS };
}

/** Without devices, which this node does not have. */
const ANNOUNCEMENTS = `
protocol static flock_announce4 { ipv4; route 192.0.2.1/32 blackhole; route 192.0.2.2/32 blackhole; }
protocol static flock_announce6 { ipv6; route 2001:db8:ffff::1/128 blackhole; }
`;
