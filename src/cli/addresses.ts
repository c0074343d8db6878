import type { Command } from 'commander';
import { isAddressList } from '../api/shape.ts';
import type { AddressJson } from '../api/types.ts';
import { podId } from '../model/attachment.ts';
import type { CliContext } from './context.ts';
import { registerList } from './list-verb.ts';
import { age, formatTable } from './tables.ts';

/** `flockctl addresses` */
export function registerAddresses(program: Command, context: CliContext): void {
  registerList(program, context, {
    name: 'addresses',
    description: 'list each claimed address: advertised or withheld and why, next hops, since when',
    path: '/v1/addresses',
    accepts: isAddressList,
    format: formatAddresses,
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
    entry.pods.map(podId).join(', '),
    ...(wide ? [entry.message] : []),
  ]);
  return formatTable(header, rows);
}

function communitiesOf({ communities, largeCommunities }: AddressJson): readonly string[] {
  return [...communities, ...largeCommunities];
}
