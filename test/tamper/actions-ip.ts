import { type Action, hostEndAction, nodeAction, type PodFacts } from './action.ts';
import { UPLINK } from './plan.ts';

/** A line for a family that the pod has. */
function with4(line: (pod: PodFacts & { ip4: string; claim4: string }) => string) {
  return (pod: PodFacts): string | undefined => {
    const { ip4, claim4 } = pod;
    return ip4 === undefined || claim4 === undefined ? undefined : line({ ...pod, ip4, claim4 });
  };
}

function with6(line: (pod: PodFacts & { ip6: string; claim6: string }) => string) {
  return (pod: PodFacts): string | undefined => {
    const { ip6, claim6 } = pod;
    return ip6 === undefined || claim6 === undefined ? undefined : line({ ...pod, ip6, claim6 });
  };
}

/** Deletes every host route of flockd's. One by one: `ip route flush` gives up at the first one through a nexthop group. */
function flushed(family: 4 | 6): string {
  const list = `ip -${family} -o route show proto 202 | cut -d' ' -f1`;
  return `for prefix in $(${list}); do ip -${family} route del $prefix proto 202; done`;
}

/** Another program's route in the place of ours, or before it. */
const FOREIGN = { holds: 'foreign route' };

/** With `ip` at the host's routes and nexthop objects. */
export const ROUTE_ACTIONS: readonly Action[] = [
  hostEndAction(
    'claim4-route-deleted',
    with4((pod) => `ip route del ${pod.claim4}`),
  ),
  hostEndAction(
    'claim6-route-deleted',
    with6((pod) => `ip -6 route del ${pod.claim6}`),
  ),
  hostEndAction(
    'own4-route-deleted',
    with4((pod) => `ip route del ${pod.ip4}`),
  ),
  hostEndAction(
    'own6-route-deleted',
    with6((pod) => `ip -6 route del ${pod.ip6}`),
  ),
  nodeAction('routes4-flushed', flushed(4)),
  nodeAction('routes6-flushed', flushed(6)),
  hostEndAction(
    'device-routes-flushed',
    ({ device }) => `ip route flush dev ${device}; ip -6 route flush dev ${device}`,
  ),
  nodeAction('nexthops-flushed', 'ip nexthop flush'),
  hostEndAction(
    'claim4-blackholed',
    with4((pod) => `ip route replace blackhole ${pod.claim4}`),
    with4((pod) => `ip route del blackhole ${pod.claim4}`),
    FOREIGN,
  ),
  hostEndAction(
    'claim6-blackholed',
    with6((pod) => `ip -6 route add blackhole ${pod.claim6} metric 10`),
    with6((pod) => `ip -6 route del blackhole ${pod.claim6} metric 10`),
    FOREIGN,
  ),
  hostEndAction(
    'claim4-led-elsewhere',
    with4((pod) => `ip route replace ${pod.claim4} dev ${UPLINK}`),
    with4((pod) => `ip route del ${pod.claim4} dev ${UPLINK}`),
    FOREIGN,
  ),
  hostEndAction(
    'own4-unreachable',
    with4((pod) => `ip route replace unreachable ${pod.ip4}`),
    with4((pod) => `ip route del unreachable ${pod.ip4}`),
    FOREIGN,
  ),
  hostEndAction(
    'own6-unreachable',
    with6((pod) => `ip -6 route add unreachable ${pod.ip6} metric 5`),
    with6((pod) => `ip -6 route del unreachable ${pod.ip6} metric 5`),
    FOREIGN,
  ),
  hostEndAction(
    'claim4-ruled-out',
    with4((pod) => `ip rule add to ${pod.claim4} blackhole`),
    with4((pod) => `ip rule del to ${pod.claim4} blackhole`),
    FOREIGN,
  ),
  hostEndAction(
    'own6-ruled-out',
    with6((pod) => `ip -6 rule add to ${pod.ip6} blackhole`),
    with6((pod) => `ip -6 rule del to ${pod.ip6} blackhole`),
    FOREIGN,
  ),
  hostEndAction(
    'claim4-on-host',
    with4((pod) => `ip address add ${pod.claim4}/32 dev lo`),
    with4((pod) => `ip address del ${pod.claim4}/32 dev lo`),
    FOREIGN,
  ),
];

const LINK = { holds: 'link' };

/** With `ip` at the host's end of a pod. */
export const HOST_END_ACTIONS: readonly Action[] = [
  hostEndAction(
    'host-end-down',
    ({ device }) => `ip link set ${device} down`,
    ({ device }) => `ip link set ${device} up`,
    LINK,
  ),
  hostEndAction(
    'host-end-flapped',
    ({ device }) => `ip link set ${device} down; ip link set ${device} up`,
    undefined,
    LINK,
  ),
  hostEndAction('host-end-mac', ({ device }) => `ip link set ${device} address 02:00:5e:10:00:01`, undefined, LINK),
  hostEndAction('host-end-mtu-small', ({ device }) => `ip link set ${device} mtu 1000`, undefined, LINK),
  hostEndAction('host-end-mtu-1400', ({ device }) => `ip link set ${device} mtu 1400`, undefined, LINK),
  hostEndAction('host-end-addresses-flushed', ({ device }) => `ip address flush dev ${device}`, undefined, LINK),
  hostEndAction(
    'host-end-gateway-deleted',
    ({ device }) => `ip -6 address del fe80::1/64 dev ${device}`,
    undefined,
    LINK,
  ),
  hostEndAction(
    'host-end-renamed',
    ({ device }) => `ip link set ${device} down; ip link set ${device} name tampered && ip link set tampered up`,
    ({ device }) => `ip link set tampered down; ip link set tampered name ${device}; ip link set ${device} up`,
    { holds: 'rename', wide: true },
  ),
  hostEndAction(
    'host-end-bridged',
    ({ device }) => `ip link add tampered-br type bridge && ip link set ${device} master tampered-br`,
    () => 'ip link del tampered-br',
    { holds: 'bridge', wide: true },
  ),
  hostEndAction(
    'host-end-deleted',
    ({ device }) => `ip link del ${device}`,
    ({ name }) => [{ addAgain: name }],
    LINK,
  ),
  hostEndAction(
    'neighbours-flushed',
    ({ device }) => `ip neigh flush dev ${device} nud permanent; ip neigh flush dev ${device}`,
  ),
  hostEndAction(
    'neighbour-wrong',
    with4((pod) => `ip neigh replace ${pod.ip4} lladdr 02:00:5e:10:00:02 nud permanent dev ${pod.device}`),
  ),
  hostEndAction(
    'neighbour6-wrong',
    with6((pod) => `ip neigh replace ${pod.ip6} lladdr 02:00:5e:10:00:02 nud permanent dev ${pod.device}`),
  ),
];
