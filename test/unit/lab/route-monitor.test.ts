import { describe, expect, it } from 'vitest';
import { parseRouteEvents } from '../../lab/route-monitor.ts';

describe('what ip -tshort monitor route prints', () => {
  it('is read as events with microseconds, next hops with their route', () => {
    const output = [
      '[2026-03-01T12:00:00.000250] 192.0.2.53 proto bird metric 32 ',
      '\tnexthop via 10.0.1.1 dev to-node1 weight 1 ',
      '\tnexthop via 10.0.2.1 dev to-node2 weight 1 ',
      '[2026-03-01T12:00:01.500000] Deleted 192.0.2.53 via 10.0.1.1 dev to-node1 proto bird metric 32 ',
      '',
    ].join('\n');
    expect(parseRouteEvents(output)).toEqual([
      {
        at: Date.UTC(2026, 2, 1, 12) + 0.25,
        text: '192.0.2.53 proto bird metric 32\n\tnexthop via 10.0.1.1 dev to-node1 weight 1\n\tnexthop via 10.0.2.1 dev to-node2 weight 1',
      },
      {
        at: Date.UTC(2026, 2, 1, 12, 0, 1) + 500,
        text: 'Deleted 192.0.2.53 via 10.0.1.1 dev to-node1 proto bird metric 32',
      },
    ]);
  });

  it('gives no event for a line that is not whole yet', () => {
    expect(parseRouteEvents('[2026-03-01T12:0')).toEqual([]);
    expect(parseRouteEvents('')).toEqual([]);
  });
});
