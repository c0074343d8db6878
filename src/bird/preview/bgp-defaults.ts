import { BGP_OPTIONS, CHANNEL_OPTIONS } from './bgp-options.ts';
import type { BgpSession, Settings } from './bgp-session.ts';
import type { OptionTable } from './options.ts';
import { UNSET, type Value } from './values.ts';

/** Tables by their names, see `tableIdentity`. */
export interface TableNames {
  /** Name of the table of a channel that names none. */
  readonly defaultTable: (family: string) => string;
  /** What tells a table from another of the same name: its kind and those options that BIRD cannot change. */
  readonly identity: (name: string) => Value;
}

/**
 * Fills in what is not given, as `bgp_postconfig` does in `proto/bgp/bgp.c`, so that writing a default down is no
 * change. Done for protocols only: a template stays open.
 */
export function fillDefaults(session: BgpSession, tables: TableNames): void {
  const get = getter(session);
  const fill = filler(session);
  fillInitial(session, BGP_OPTIONS);
  const asn = get('local AS');
  if (get('neighbor type') === 'internal') fill('neighbor AS', asn);
  const internal = asn !== UNSET && asn === get('neighbor AS');
  const interior = internal || get('confederation member') === 'on';
  fill('multihop', internal ? '64' : '0');
  fill('long lived graceful restart', get('graceful restart') === 'off' ? 'off' : 'aware');
  for (const [name, channel] of session.channels) fillChannel(session, name, channel, interior, tables);
}

function fillChannel(
  { values: session }: BgpSession,
  name: string,
  channel: Settings,
  interior: boolean,
  tables: TableNames,
): void {
  const { values } = channel;
  const get = getter(channel);
  const fill = filler(channel);
  const table = get('table') === UNSET ? tables.defaultTable(name) : get('table');
  values.set('table', tables.identity(table));
  fillInitial(channel, CHANNEL_OPTIONS);
  if (interior) {
    fill('import', 'all');
    fill('export', 'none');
  }
  fill('gateway', session.get('multihop') === '0' ? 'direct' : 'recursive');
  fill('next hop prefer', get('gateway') === 'direct' ? 'global' : 'local');
  fill('next hop keep', keepNextHop(session));
  fill('graceful restart', session.get('graceful restart') === 'on' ? 'on' : 'off');
  fill('long lived graceful restart', session.get('long lived graceful restart') === 'on' ? 'on' : 'off');
  fill('long lived stale time', session.get('long lived stale time') ?? UNSET);
  fill('aigp', interior ? 'on' : 'off');
  // Without a recursive gateway there is no table to look the gateway up in, unless one is named all the same.
  // A gateway that is given resets nothing itself, but the table that comes and goes with it does.
  if (get('igp table') === UNSET && channel.derived.has('gateway')) channel.derived.add('igp table');
  const lookup = get('igp table') || (get('gateway') === 'recursive' ? table : UNSET);
  values.set(
    'igp table',
    lookup
      .split(' ')
      .map((name) => tables.identity(name))
      .join(' '),
  );
}

function getter({ values }: Settings): (field: string) => Value {
  return (field) => values.get(field) ?? UNSET;
}

function filler({ values, derived }: Settings): (field: string, value: Value) => void {
  return (field, value) => {
    if ((values.get(field) ?? UNSET) !== UNSET) return;
    values.set(field, value);
    derived.add(field);
  };
}

function keepNextHop(session: ReadonlyMap<string, Value>): Value {
  if (session.get('rr client') === 'on') return 'ibgp';
  return session.get('rs client') === 'on' ? 'on' : 'off';
}

function fillInitial({ values }: Settings, table: OptionTable): void {
  for (const { field, initial } of table.fields) if (!values.has(field)) values.set(field, initial);
}
