import type { Command } from 'commander';
import { apiGet } from '../api/client.ts';
import { isPodList } from '../api/shape.ts';
import type { PodJson } from '../api/types.ts';
import {
  type CliContext,
  type CommonOptions,
  printJson,
  type WideOption,
  withCommonOptions,
  withWide,
} from './context.ts';
import { age, formatTable } from './tables.ts';

/** `flockctl pods` */
export function registerPods(program: Command, context: CliContext): void {
  withWide(withCommonOptions(program.command('pods')))
    .description('each pod: container, interface, addresses, ready or not and why')
    .action(async (options: CommonOptions & WideOption) => {
      const pods = await apiGet(options.socket, '/v1/pods', { accepts: isPodList });
      if (options.json) printJson(context, pods);
      else context.out(formatPods(pods, context.now(), options.wide));
    });
}

const HEADER = ['NAMESPACE', 'NAME', 'READY', 'SINCE', 'CONTAINER', 'INTERFACE', 'IPV4', 'IPV6', 'CLAIMS'];
/** Characters of a container id that suffice for people, as in `podman ps`. */
const ID_SHOWN = 12;

/** The pods as a table. @param wide with the sentence for each reason. */
export function formatPods(pods: readonly PodJson[], now: Date, wide = false): string {
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
