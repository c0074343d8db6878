import { describe, expect, it } from 'vitest';
import { LostRoutes } from '../../../../src/engine/pass/lost-routes.ts';
import { address } from '../../model/fixtures.ts';

const A = address('192.0.2.1');
const B = address('192.0.2.2');
const announced = new Set([A]);

function lost(...entries: [cause: 'refused' | 'overridden', at: number][]): LostRoutes {
  const routes = new LostRoutes();
  for (const [cause, at] of entries) routes.note(cause, [A, B], new Map([[A, `${cause} ${at}`]]), at);
  return routes;
}

describe('an address without a route', () => {
  it('that is not announced is withheld at once', () => {
    expect(lost(['refused', 0]).withheld(new Set(), 0)).toEqual([A]);
  });

  it('that is announced is withheld after two seconds, and it is known when that is', () => {
    const routes = lost(['refused', 100]);
    expect(routes.withheld(announced, 2_099)).toEqual([]);
    expect(routes.nextDue(announced, 1_100)).toBe(1_000);
    expect(routes.withheld(announced, 2_100)).toEqual([A]);
    expect(routes.nextDue(announced, 2_100)).toBeUndefined();
  });

  it('is lost since the first cause, also when another one takes its place', () => {
    const routes = lost(['overridden', 100], ['refused', 1_500]);
    routes.note('overridden', [A], new Map(), 1_600);
    expect(routes.get(A)).toEqual({ message: 'refused 1500', since: 100 });
  });

  it('is explained by the route of another program rather than by the refusal of ours', () => {
    expect(lost(['refused', 0], ['overridden', 1]).messages()).toEqual(['overridden 1']);
  });

  it('is found again when it is looked at and nothing is wrong, or when it is not wanted any more', () => {
    const routes = lost(['refused', 0]);
    routes.note('refused', [B], new Map(), 1);
    expect(routes.get(A)).toBeDefined();
    routes.note('refused', [A], new Map(), 1);
    expect(routes.get(A)).toBeUndefined();
    const others = lost(['overridden', 0]);
    others.keep((candidate) => candidate !== A);
    expect(others.messages()).toEqual([]);
  });
});
