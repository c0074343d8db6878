import type { Command } from 'commander';
import { apiGet } from '../api/client.ts';
import { isAddressList } from '../api/shape.ts';
import type { AddressJson } from '../api/types.ts';
import {
  type CliContext,
  type CommonOptions,
  printJson,
  type WideOption,
  withCommonOptions,
  withWide,
} from './context.ts';
import { age, formatTable } from './tables.ts';

/** `flockctl addresses` */
export function registerAddresses(program: Command, context: CliContext): void {
  withWide(withCommonOptions(program.command('addresses')))
    .description('each claimed address: advertised or withheld, why, next hops, since when')
    .action(async (options: CommonOptions & WideOption) => {
      const addresses = await apiGet(options.socket, '/v1/addresses', { accepts: isAddressList });
      if (options.json) printJson(context, addresses);
      else context.out(formatAddresses(addresses, context.now(), options.wide));
    });
}

/**
 * The claimed addresses as a table. The communities column appears when any address has some.
 * @param wide with the sentence for each reason.
 */
export function formatAddresses(addresses: readonly AddressJson[], now: Date, wide = false): string {
  const shown = addresses.some((entry) => communitiesOf(entry).length > 0);
  const header = [
    'ADDRESS',
    'KIND',
    'STATE',
    'SINCE',
    'NEXT HOPS',
    ...(shown ? ['COMMUNITIES'] : []),
    'PODS',
    ...(wide ? ['WHY'] : []),
  ];
  const rows = addresses.map((entry) => [
    entry.address,
    entry.kind,
    entry.reason === '' ? entry.state : `${entry.state}: ${entry.reason}`,
    age(entry.since, now),
    entry.nextHops.map((hop) => `${hop.via} dev ${hop.interface}`).join(', ') || '-',
    ...(shown ? [communitiesOf(entry).join(',') || '-'] : []),
    entry.pods.map((pod) => `${pod.namespace}/${pod.name}`).join(', '),
    ...(wide ? [entry.message] : []),
  ]);
  return formatTable(header, rows);
}

function communitiesOf({ communities, largeCommunities }: AddressJson): readonly string[] {
  return [...communities, ...largeCommunities];
}
