import { parseConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/types.ts';
import { FlockError } from '../../../src/errors.ts';

/** Every key of a configuration, as the interface's documentation shows them. */
export const FULL = `
node: node1
pools:
  ipv6: 2001:db8:1:1::/64
  ipv4: 10.1.1.0/24
defaults: { ipv6: true, ipv4: true, ipAlgo: "" }
mtu: auto
routeProtocol: 202
advertise:
  allow:
    - prefixes: [192.0.2.0/24, 2001:db8:ffff::/48]
      namespaces: ["*"]
bgp:
  asn: 64601
  routerId: 10.0.0.1
  peers:
    - name: tor1
      address: 10.0.0.254
      asn: 64600
      families: [ipv4, ipv6]
bird:
  socket: /run/bird/bird.ctl
  config: /etc/bird/bird.conf
  templates: /etc/flock/templates
pods:
  source: directory
  directory: /etc/flock/pods.d
state: /var/lib/flock/allocations.json
socket: /run/flock/flock.sock
metrics: { listen: "127.0.0.1:9179" }
`;

/** The least that a configuration can have. */
export const LEAST = 'pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: 64601 }\n';

export function parse(text: string): Config {
  return parseConfig(text, { hostname: 'host1', file: 'flock.yaml' });
}

/** The lines of the refusal, without its head; fails when the text is accepted. */
export function refusalsOf(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof FlockError) || error.code !== 'configurationInvalid') throw error;
    const [head, ...lines] = error.message.split('\n');
    if (head !== 'flock.yaml is not valid:') throw new Error(`unexpected head: ${head}`, { cause: error });
    return lines.map((line) => line.trim());
  }
  throw new Error('the text was accepted');
}

/** The refusals of a configuration that is the least plus some text in flow style. */
export function refusalsWith(text: string): string[] {
  return refusalsOf(LEAST + text);
}

/** The refusals of a configuration whose only peer has these keys besides a name, an address and an AS number. */
export function refusalsOfPeer(keys: string): string[] {
  const peer = `{ name: tor1, address: 10.0.0.254, asn: 64600, ${keys} }`;
  return refusalsOf(`pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: 64601, peers: [${peer}] }\n`);
}
