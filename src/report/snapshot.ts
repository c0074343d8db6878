import type { AddressDecision } from '../advertise/decision.ts';
import type { Withheld } from '../advertise/standing.ts';
import type { Allocation } from '../allocation/allocation.ts';
import type { AddressJson, PodJson, StatusJson } from '../api/types.ts';
import type { PendingChange } from '../bird/types.ts';
import type { ProtocolStatus } from '../bird-control/types.ts';
import { attachmentId } from '../model/attachment.ts';
import { formatCommunityClaim, isLarge } from '../model/community.ts';
import type { PodSnapshot } from '../pods/pod-source.ts';
import { type AddressFacts, addressState } from './addresses.ts';
import { birdTime } from './bird-time.ts';
import { changeJson } from './change.ts';

/** The current state, collected by the engine. */
export interface Snapshot extends AddressFacts {
  readonly node: string;
  readonly version: string;
  readonly startedAt: string;
  readonly birdVersion: string | undefined;
  readonly birdSocket: string;
  readonly peerNames: readonly { readonly name: string; readonly protocol: string }[];
  readonly peers: readonly ProtocolStatus[];
  readonly lastPublish: StatusJson['bird']['lastPublish'];
  readonly change: PendingChange | undefined;
  readonly problems: StatusJson['problems'];
  readonly allocations: readonly Allocation[];
  readonly pods: PodSnapshot;
  /** Why none of a pod's claims may be announced; the decisions are based on it too. */
  readonly withheld: (allocation: Allocation) => Withheld | undefined;
  readonly decisions: readonly AddressDecision[];
  /** Since when a key (`pod …` or `address …`) has had its current state. */
  readonly since: (key: string) => string | undefined;
}

/** The key of a pod in the timeline. */
export function podKey(allocation: Allocation): string {
  return `pod ${attachmentId(allocation)}`;
}

/** The key of a claimed address in the timeline. */
function addressKey(decision: AddressDecision): string {
  return `address ${decision.address}`;
}

/** What the timeline is to record of this moment. */
export function* timelineValues(snapshot: Snapshot): Generator<readonly [string, string]> {
  for (const allocation of snapshot.allocations) yield [podKey(allocation), reasonOf(snapshot, allocation)];
  for (const decision of snapshot.decisions) yield [addressKey(decision), addressState(decision, snapshot).reason];
}

/** Why a pod is not ready, as one word; empty when it is. */
function reasonOf(snapshot: Snapshot, allocation: Allocation): string {
  return snapshot.withheld(allocation)?.reason ?? '';
}

/** `pods --json`, sorted by namespace, name and container. */
export function podsJson(snapshot: Snapshot): PodJson[] {
  const rows = snapshot.allocations.map((allocation): PodJson => {
    const { reason = '', message = '' } = snapshot.withheld(allocation) ?? {};
    return {
      namespace: allocation.pod.namespace,
      name: allocation.pod.name,
      containerId: allocation.containerId,
      interface: allocation.ifname,
      hostInterface: allocation.hostInterface,
      sandbox: allocation.netns,
      ip6: allocation.ip6 ?? null,
      ip4: allocation.ip4 ?? null,
      mac: allocation.podMac,
      ready: reason === '',
      ...{ reason, message },
      anycast: allocation.anycast,
      addresses: allocation.addresses,
      communities: allocation.communities.map(formatCommunityClaim),
      since: snapshot.since(podKey(allocation)) ?? allocation.allocatedAt,
    };
  });
  return rows.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey(pod: PodJson): string {
  return `${pod.namespace}/${pod.name}/${pod.containerId}/${pod.interface}`;
}

/** `addresses --json`, in the order of the decisions. */
export function addressesJson(snapshot: Snapshot): AddressJson[] {
  return snapshot.decisions.map((decision) => {
    const { state, reason, message } = addressState(decision, snapshot);
    return {
      address: decision.address,
      kind: decision.kind,
      ...{ state, reason, message },
      pods: decision.claimants.map(({ namespace, name }) => ({ namespace, name })),
      nextHops: decision.nextHops.map(({ via, interface: device }) => ({ via, interface: device })),
      communities: decision.communities.filter((community) => !isLarge(community)),
      largeCommunities: decision.communities.filter(isLarge),
      since: snapshot.since(addressKey(decision)) ?? snapshot.startedAt,
    };
  });
}

/** The peers of the configuration; if it has none, the operator's own sessions. */
function peersOf({ peerNames, peers }: Snapshot): Snapshot['peerNames'] {
  if (peerNames.length > 0) return peerNames;
  return peers.filter(({ bgp }) => bgp?.neighborAddress !== undefined).map(({ name }) => ({ name, protocol: name }));
}

/** `status --json`. */
export function statusJson(snapshot: Snapshot): StatusJson {
  const reasons = snapshot.allocations.map((allocation) => reasonOf(snapshot, allocation));
  const advertised = snapshot.decisions.filter((d) => addressState(d, snapshot).state === 'advertised').length;
  return {
    node: snapshot.node,
    version: snapshot.version,
    startedAt: snapshot.startedAt,
    bird: {
      connected: snapshot.birdConnected,
      version: snapshot.birdVersion ?? null,
      socket: snapshot.birdSocket,
      peers: peersOf(snapshot).map(({ name, protocol }) => {
        const peer = snapshot.peers.find((candidate) => candidate.name === protocol);
        return {
          name,
          state: peer === undefined ? '' : (peer.bgp?.state ?? peer.info),
          since: peer === undefined ? null : birdTime(peer.since),
        };
      }),
      lastPublish: snapshot.lastPublish,
      change: changeJson(snapshot.change),
    },
    pods: { total: reasons.length, ready: reasons.filter((reason) => reason === '').length },
    addresses: { advertised, withheld: snapshot.decisions.length - advertised },
    problems: snapshot.problems,
  };
}
