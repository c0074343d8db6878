import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HostRoutes } from '../../src/routes/host-routes.ts';
import { RouteModel } from '../../src/routes/model.ts';
import { planSweep } from '../../src/routes/plan.ts';
import { address, prefix } from '../unit/model/fixtures.ts';
import { decisions, desired, hop, links, PROTOCOL } from '../unit/routes/fixtures.ts';
import { planFull } from '../unit/routes/plan-full.ts';
import { ToyKernel } from '../unit/routes/toy-kernel.ts';

const PODS = [1, 2, 3, 4];
const TARGETS = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8:ffff::1', '2001:db8:ffff::2'] as const;

const wishes = fc.record(Object.fromEntries(TARGETS.map((target) => [target, fc.subarray(PODS)])));

const steps = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wish' as const), wish: wishes, apart: fc.boolean() }) },
  fc.record({ kind: fc.constant('down' as const), pod: fc.constantFrom(...PODS) }),
  fc.record({ kind: fc.constant('flap' as const), pod: fc.constantFrom(...PODS) }),
  fc.record({ kind: fc.constant('restart' as const) }),
  fc.record({ kind: fc.constant('break' as const), after: fc.nat({ max: 6 }) }),
);

function length(target: string): number {
  return target.includes(':') ? 128 : 32;
}

/** What a kernel has that is not ours, and must be there at the end. */
async function withStrangers(): Promise<ToyKernel> {
  const kernel = new ToyKernel(PODS.map((number) => 10 + number));
  kernel.upLinks.add(1);
  await kernel.apply([
    {
      kind: 'replaceNextHop',
      id: 202 * 2 ** 20 + 1,
      protocol: 4,
      family: 4,
      linkIndex: 1,
      gateway: address('10.0.0.254'),
    },
    { kind: 'replaceNextHopGroup', id: 202 * 2 ** 20 + 2, protocol: 4, members: [202 * 2 ** 20 + 1] },
    { kind: 'replaceRoute', destination: prefix('0.0.0.0/0'), protocol: 4, nextHopId: 202 * 2 ** 20 + 2 },
    { kind: 'replaceRoute', destination: prefix('192.0.2.1/32'), protocol: 12, metric: 32, linkIndex: 1 },
    { kind: 'replaceRoute', destination: prefix('2001:db8:1:1::1/128'), protocol: PROTOCOL, linkIndex: 1 },
  ]);
  return kernel;
}

it('brings the kernel to what is wanted whatever happens on the way, and then changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 12 }), wishes, async (history, last) => {
      const kernel = await withStrangers();
      const strangers = [...kernel.table.keys()];
      let routes = new HostRoutes(kernel, PROTOCOL);
      const down = new Set<number>();
      /** All at once, or address by address, as a pass does that sees only one of them change. */
      const reach = async (wish: Readonly<Record<string, readonly number[]>>, apart: boolean) => {
        const now = links(PODS.length, [...down]);
        routes.forgetLinks(now);
        const all = decisions(wish);
        for (const some of apart ? all.map((one) => [one]) : [all]) {
          await routes.install(some, now);
          await routes.remove(some.filter(({ nextHops }) => nextHops.length === 0).map((one) => one.address));
        }
      };
      for (const step of history) {
        if (step.kind === 'wish') await reach(alive(step.wish, down), step.apart);
        if (step.kind === 'restart') routes = new HostRoutes(kernel, PROTOCOL);
        if (step.kind === 'break') kernel.breakAfter = step.after;
        if (step.kind === 'break') await reach(alive(last, down), false).catch(() => undefined);
        kernel.breakAfter = undefined;
        if (step.kind === 'down' || step.kind === 'flap') kernel.setDown(10 + step.pod);
        if (step.kind === 'down') down.add(step.pod);
        if (step.kind === 'flap' && !down.has(step.pod)) kernel.upLinks.add(10 + step.pod);
        // A device that was down and up again between two looks leaves no trace: whoever sees events asks for a resync.
        if (step.kind === 'flap') await routes.resync(links(PODS.length, [...down]));
      }
      const wish = alive(last, down);
      await reach(wish, false);
      for (const target of TARGETS) {
        const numbers = wish[target] ?? [];
        const expected = numbers.map((number) => hop(address(target), number)).map((h) => `${h.via} ${h.linkIndex}`);
        const strange = target === '192.0.2.1' ? ['undefined 1'] : undefined;
        expect(kernel.hopsTo(target, length(target))).toEqual(numbers.length === 0 ? strange : expected.sort());
      }
      expect([...kernel.table.keys()].slice(0, strangers.length)).toEqual(strangers);
      const before = kernel.applied.length;
      await reach(wish, false);
      expect(kernel.applied).toHaveLength(before);
      // A daemon that starts now has nothing to do, nor anything to clean.
      const observed = { routes: await kernel.routes({ protocol: PROTOCOL }), nextHops: await kernel.nextHops() };
      expect(planFull(observed, PROTOCOL, desired(wish)).plan).toMatchObject({ make: [], remove: [] });
      expect(planSweep(new RouteModel(PROTOCOL, observed))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

/** The wish without pods whose device is down: the decision leaves them out. */
function alive(wish: Readonly<Record<string, readonly number[]>>, down: ReadonlySet<number>) {
  return Object.fromEntries(
    Object.entries(wish).map(([target, numbers]) => [target, numbers.filter((number) => !down.has(number))]),
  );
}

it('never leaves an address without a hop that it keeps, at any moment of a change', async () => {
  await fc.assert(
    fc.asyncProperty(wishes, wishes, async (before, after) => {
      const kernel = new ToyKernel(PODS.map((number) => 10 + number));
      const routes = new HostRoutes(kernel, PROTOCOL);
      await routes.install(decisions(before), links(PODS.length));
      kernel.failing = () => {
        for (const target of TARGETS) {
          if (before[target]?.length === 0 || after[target]?.length === 0) continue;
          expect(kernel.hopsTo(target, length(target))?.length).toBeGreaterThan(0);
        }
        return undefined;
      };
      await routes.install(decisions(after), links(PODS.length));
    }),
  );
});
