import type { Command } from 'commander';
import { isPodList } from '../api/shape.ts';
import type { PodJson } from '../api/types.ts';
import type { CliContext } from './context.ts';
import { registerList } from './list-verb.ts';
import { age, formatTable } from './tables.ts';

/** `flockctl pods` */
export function registerPods(program: Command, context: CliContext): void {
  registerList(program, context, {
    name: 'pods',
    description: 'list each pod: container, interface, addresses, whether it is ready or why not',
    path: '/v1/pods',
    accepts: isPodList,
    format: formatPods,
  });
}

const HEADER = ['NAMESPACE', 'NAME', 'READY', 'SINCE', 'CONTAINER', 'INTERFACE', 'IPV4', 'IPV6', 'CLAIMS'];
/** Characters of a container id that suffice for people, as in `podman ps`. */
const ID_SHOWN = 12;

/** The pods as a table. @param wide with the sentence for each reason. */
function formatPods(pods: readonly PodJson[], now: Date, wide = false): string {
  const rows = pods.map((pod) => [
    pod.namespace,
    pod.name,
    pod.ready ? 'yes' : `no: ${pod.reason}`,
    age(pod.since, now),
    pod.containerId.slice(0, ID_SHOWN),
    pod.hostInterface,
    pod.ip4 ?? '-',
    pod.ip6 ?? '-',
    [...pod.anycast, ...pod.addresses].join(',') || '-',
    ...(wide ? [pod.message] : []),
  ]);
  return formatTable([...HEADER, ...(wide ? ['WHY'] : [])], rows);
}
