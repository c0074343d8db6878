import type { BgpSession, Settings } from './bgp-session.ts';
import type { Tables } from './tables.ts';
import { UNSET, type Value } from './values.ts';

/** The kinds of tables in which a gateway can be looked up. */
const KINDS = ['ipv4', 'ipv6'] as const;

/**
 * Sets the tables of a BGP channel; if any of them is recreated or replaced by another, the session is reset: the one
 * that it is connected to, those in which gateways are looked up, and the one that flow specifications are validated
 * with.
 * @param channel with all other options filled in.
 */
export function channelTables(session: BgpSession, name: string, channel: Settings, tables: Tables): void {
  const { values, derived } = channel;
  const table = tableOf(channel, name, tables);
  values.set('table', table);
  values.set('base table', baseTable(session, name, channel, tables));
  // An explicit gateway resets nothing itself, but the table that is added or removed with it does.
  if (namesIn(channel, 'igp table').length === 0 && derived.has('gateway')) derived.add('igp table');
  const lookups = KINDS.flatMap((kind) => gatewayTable(kind, session, name, channel, tables) ?? []);
  values.set('igp table', lookups.join(' '));
}

/**
 * `bgp_postconfig` and `bgp_default_igp_table` in `proto/bgp/bgp.c`. Undefined when no gateway of the kind is looked
 * up.
 */
function gatewayTable(
  kind: (typeof KINDS)[number],
  session: BgpSession,
  name: string,
  channel: Settings,
  tables: Tables,
): Value | undefined {
  const given = namesIn(channel, 'igp table');
  const isNeeded = kindOf(name) === kind || name === 'evpn' || channel.values.get('extended next hop') === 'on';
  if (channel.values.get('gateway') !== 'recursive' || name.startsWith('flow') || !isNeeded) {
    return tables.ofKind(kind, given);
  }
  const pairName = name.replace(/[46]/, (digit) => (digit === '4' ? '6' : '4'));
  const pair = pairName === name ? undefined : session.channels.get(pairName);
  const ofPair = pair === undefined ? [] : [...namesIn(pair, 'igp table'), tableOf(pair, pairName, tables)];
  return tables.lookup(kind, [...given, tableOf(channel, name, tables), ...ofPair]);
}

/** `bgp_default_base_table` in `proto/bgp/bgp.c`. */
function baseTable(session: BgpSession, name: string, channel: Settings, tables: Tables): Value {
  const given = namesIn(channel, 'base table')[0];
  if (given !== undefined) return tables.identity(given);
  if (!name.startsWith('flow') || channel.values.get('validate') !== 'on') return UNSET;
  const plain = session.channels.get(kindOf(name));
  return tables.lookup(kindOf(name), plain === undefined ? [] : [tableOf(plain, kindOf(name), tables)]);
}

/** The table that a channel is connected to. */
function tableOf(channel: Settings, name: string, tables: Tables): Value {
  const given = namesIn(channel, 'table')[0];
  return given === undefined ? tables.defaultFor(name) : tables.identity(given);
}

/** Tables that an option names. Of several of one kind the last counts; here it comes first. */
function namesIn({ values }: Settings, field: string): string[] {
  return (values.get(field) ?? UNSET)
    .split(' ')
    .filter((name) => name !== '')
    .reverse();
}

function kindOf(channel: string): (typeof KINDS)[number] {
  return channel.includes('6') ? 'ipv6' : 'ipv4';
}
