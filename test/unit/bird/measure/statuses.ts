import { announceProtocol } from '../../../../src/bird/names.ts';
import type { ProtocolStatus } from '../../../../src/bird-control/types.ts';
import type { Family } from '../../../../src/model/address.ts';

const CHANNEL = { table: undefined, filtered: undefined, preferred: undefined, importFilter: undefined };

/** A channel with counters that move with the number of routes. */
function channel(family: Family, counts: { imported?: number; exported?: number }, state = 'UP') {
  const { imported, exported } = counts;
  const accepted = { imports: `${imported} 0`, exports: `${exported} 0` };
  return { ...CHANNEL, name: `ipv${family}`, state, imported, exported, exportFilter: undefined, accepted };
}

/** The static protocol of a family's announcements, with so many routes; `down` as after `birdc disable`. */
export function announcing(family: Family, imported: number, state = 'up'): ProtocolStatus {
  const channels = state === 'up' ? [channel(family, { imported })] : [channel(family, {}, 'DOWN')];
  return {
    name: announceProtocol(family),
    type: 'Static',
    table: undefined,
    state,
    since: '',
    info: '',
    bgp: undefined,
    channels,
  };
}

/** A BGP session as BIRD tells of it. `exported`: how many routes each channel that is up has been given. */
export function session(
  name: string,
  state: string,
  more: {
    exported?: Partial<Record<Family, number>>;
    error?: string;
    since?: string;
    address?: string | undefined;
  } = {},
): ProtocolStatus {
  const { exported = {}, error, since = '2026-01-02 03:04:00', address = '10.0.0.254' } = more;
  const up = state === 'Established';
  return {
    ...{ name, type: 'BGP', table: undefined, since },
    state: up ? 'up' : state === 'Down' ? 'down' : 'start',
    info: state === 'Down' ? '' : state,
    bgp: {
      ...{ state, neighborAddress: 'address' in more ? more.address : address, neighborAs: 64600 },
      ...{ sourceAddress: undefined, lastError: error, holdTimer: undefined },
    },
    channels: Object.entries(exported).map(([family, count]) => channel(family === '4' ? 4 : 6, { exported: count })),
  };
}
