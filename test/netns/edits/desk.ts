import { stringify } from 'yaml';

/** Keys of an entry of `bgp.peers`. */
export type PeerKeys = { readonly name: string } & Readonly<Record<string, unknown>>;

/** What an operator has written that is right: the configuration, and the templates that replace packaged ones. */
export interface Desk {
  /** The keys of `flock.yaml`, peers apart. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** The keys of `bgp`, peers apart. */
  readonly bgp: Readonly<Record<string, unknown>>;
  readonly peers: readonly PeerKeys[];
  /** A file with a password that the routers do not know. */
  readonly passwordFile: string;
  /** A comment on top of `flock.yaml`. */
  readonly remark: string;
  /** By name in the operator's folder, for instance `partials/extra.hbs`. */
  readonly overlays: ReadonlyMap<string, string>;
}

/** The text of `flock.yaml`. */
export function configText({ keys, bgp, peers, remark }: Desk): string {
  return `# ${remark}\n${stringify({ ...keys, bgp: { ...bgp, peers } })}`;
}

/** The peer of a name. */
export function peerOf(desk: Desk, name: string): PeerKeys {
  const peer = desk.peers.find((one) => one.name === name);
  if (peer === undefined) throw new Error(`the desk has no peer ${name}`);
  return peer;
}

/** The desk with keys of one peer changed; a key with the value undefined is taken out. */
export function withPeer(desk: Desk, name: string, change: Readonly<Record<string, unknown>>): Desk {
  const changed = Object.entries({ ...peerOf(desk, name), ...change }).filter(([, value]) => value !== undefined);
  const peer: PeerKeys = { name, ...Object.fromEntries(changed) };
  return { ...desk, peers: desk.peers.map((one) => (one.name === name ? peer : one)) };
}

/** The desk with one template more, or with another text in one; undefined: the packaged one counts again. */
export function withOverlay(desk: Desk, name: string, text: string | undefined): Desk {
  const overlays = new Map(desk.overlays);
  if (text === undefined) overlays.delete(name);
  else overlays.set(name, text);
  return { ...desk, overlays };
}

/** The peer that stands for a router, whatever its name is now. */
export function peerAt(desk: Desk, address: string): PeerKeys {
  const peer = desk.peers.find((one) => one.address === address);
  if (peer === undefined) throw new Error(`the desk has no peer at ${address}`);
  return peer;
}

/** The AS number that this node has towards a peer. */
export function localAsn(desk: Desk, peer: PeerKeys): number {
  return Number(peer.localAsn ?? desk.bgp.asn);
}
