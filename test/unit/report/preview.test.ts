import { describe, expect, it } from 'vitest';
import type { ProtocolStatus } from '../../../src/bird-control/types.ts';
import type { Preview } from '../../../src/bird-language/compare/types.ts';
import { previewJson } from '../../../src/report/preview.ts';

const NOTHING: Preview = {
  ...{ resets: [], begins: [], ends: [], refeeds: [], protocols: [], announced: [], withdrawn: [] },
};

function session(name: string, neighborAddress: string, state: string): ProtocolStatus {
  const rest = { neighborAs: 64600, sourceAddress: undefined, lastError: undefined, holdTimer: undefined };
  const bgp = { state, neighborAddress, ...rest };
  return { name, type: 'BGP', table: undefined, state: 'up', since: '', info: state, bgp, channels: [] };
}

function established(protocol: string, neighbor: string, running: ProtocolStatus[] | undefined): boolean | null {
  const preview = { ...NOTHING, resets: [{ protocol, neighbor, reasons: ['hold time 30 → 60'] }] };
  const [reset] = previewJson(preview, running).resets;
  if (reset === undefined) throw new Error('no reset');
  return reset.established;
}

describe('a preview as JSON', () => {
  it('has the sessions by their names in BIRD, and everything else as it is', () => {
    const preview: Preview = {
      resets: [{ protocol: 'tor1', neighbor: '10.0.0.254', reasons: ['password'] }],
      begins: [{ protocol: 'tor2', neighbor: '10.0.1.254' }],
      ends: [{ protocol: 'tor3', neighbor: '' }],
      refeeds: [{ protocol: 'tor4', channel: 'ipv4', direction: 'export', reasons: ['export filter'] }],
      protocols: [{ protocol: 'kernel4', type: 'kernel', change: 'restarts', reasons: ['table'] }],
      announced: ['192.0.2.1/32'],
      withdrawn: ['192.0.2.9/32'],
    };
    expect(previewJson(preview, undefined)).toEqual({
      resets: [{ session: 'tor1', neighbor: '10.0.0.254', established: null, reasons: ['password'] }],
      begins: [{ session: 'tor2', neighbor: '10.0.1.254' }],
      ends: [{ session: 'tor3', neighbor: '', established: null }],
      refeeds: [{ session: 'tor4', channel: 'ipv4', direction: 'export', reasons: ['export filter'] }],
      protocols: [{ protocol: 'kernel4', type: 'kernel', change: 'restarts', reasons: ['table'] }],
      announced: ['192.0.2.1/32'],
      withdrawn: ['192.0.2.9/32'],
    });
  });

  it('knows an established session by its name', () => {
    const running = [session('tor1', '10.0.0.254', 'Established'), session('tor2', '10.0.1.254', 'Active')];
    expect(established('tor1', '10.0.0.254', running)).toBe(true);
    expect(established('tor2', '10.0.1.254', running)).toBe(false);
    // Another address of the neighbour: the session that ends is still the one of that name.
    expect(established('tor1', '10.0.0.253', running)).toBe(true);
  });

  it('takes one that BIRD does not know for one that is not up', () => {
    expect(established('tor3', '10.0.0.254', [session('tor1', '10.0.0.254', 'Established')])).toBe(false);
    expect(established('tor1', '10.0.0.254', [])).toBe(false);
  });

  it('does not know anything without BIRD', () => {
    expect(established('tor1', '10.0.0.254', undefined)).toBe(null);
  });
});
