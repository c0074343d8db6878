import { BGP_OPTIONS, CHANNEL_OPTIONS } from './bgp-options.ts';
import type { BgpSession, Settings } from './bgp-session.ts';
import { channelTables } from './channel-tables.ts';
import type { OptionTable } from './options.ts';
import type { Tables } from './tables.ts';
import { UNSET, type Value } from './values.ts';

/**
 * Fills in what is not given, as `bgp_postconfig` does in `proto/bgp/bgp.c`, so that writing out a default is not a
 * change. Only for protocols: a template is left open.
 */
export function fillDefaults(session: BgpSession, tables: Tables): void {
  const get = getter(session);
  const fill = filler(session);
  fillInitial(session, BGP_OPTIONS);
  const asn = get('local AS');
  if (get('neighbor type') === 'internal') fill('neighbor AS', asn);
  const internal = asn !== UNSET && asn === get('neighbor AS');
  const interior = internal || get('confederation member') === 'on';
  fill('multihop', internal ? '64' : '0');
  fill('long lived graceful restart', get('graceful restart') === 'off' ? 'off' : 'aware');
  for (const [name, channel] of session.channels) {
    fillChannel(session, channel, interior);
    channelTables(session, name, channel, tables);
  }
}

function fillChannel({ values: session }: BgpSession, channel: Settings, interior: boolean): void {
  const get = getter(channel);
  const fill = filler(channel);
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
