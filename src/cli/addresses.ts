import type { Command } from 'commander';
import { apiGet } from '../api/client.ts';
import { isAddressList } from '../api/shape.ts';
import type { AddressJson } from '../api/types.ts';
import { age, formatTable } from '../status/tables.ts';
import { type CliContext, type CommonOptions, printJson, withCommonOptions } from './context.ts';

/** `flockctl addresses` */
export function registerAddresses(program: Command, context: CliContext): void {
  withCommonOptions(program.command('addresses'))
    .description('each claimed address: advertised or withheld, why, next hops, since when')
    .action(async (options: CommonOptions) => {
      const addresses = await apiGet(options.socket, '/v1/addresses', { accepts: isAddressList });
      if (options.json) printJson(context, addresses);
      else context.out(formatAddresses(addresses, context.now()));
    });
}

const HEADER = ['ADDRESS', 'KIND', 'STATE', 'SINCE', 'NEXT HOPS', 'PODS'];

/** The claimed addresses as a table. */
export function formatAddresses(addresses: readonly AddressJson[], now: Date): string {
  const rows = addresses.map((entry) => [
    entry.address,
    entry.kind,
    entry.reason === '' ? entry.state : `${entry.state}: ${entry.reason}`,
    age(entry.since, now),
    entry.nextHops.map((hop) => `${hop.via} dev ${hop.interface}`).join(', ') || '-',
    entry.pods.map((pod) => `${pod.namespace}/${pod.name}`).join(', '),
  ]);
  return formatTable(HEADER, rows);
}
