import { describe, expect, it } from 'vitest';
import { HostRoutes } from '../../../src/routes/host-routes.ts';
import { address, prefix } from '../model/fixtures.ts';
import { decisions, links, PROTOCOL } from './fixtures.ts';
import { ToyKernel } from './toy-kernel.ts';

const FOUR = links(4);

function world() {
  const kernel = new ToyKernel([11, 12, 13, 14]);
  return { kernel, routes: new HostRoutes(kernel, PROTOCOL) };
}

async function withPair() {
  const { kernel, routes } = world();
  await routes.install(decisions({ '192.0.2.1': [1, 2], '2001:db8:ffff::1': [1, 2] }), FOUR);
  return { kernel, routes };
}

describe('installing', () => {
  it('routes every address, and asks nothing of the kernel when it is asked again', async () => {
    const { kernel, routes } = world();
    const wanted = decisions({ '192.0.2.1': [1], '192.0.2.2': [1, 2], '2001:db8:ffff::1': [2, 3] });
    expect(await routes.install(wanted, FOUR)).toEqual(new Map());
    expect(kernel.hopsTo('192.0.2.1', 32)).toEqual(['10.1.1.2 11']);
    expect(kernel.hopsTo('192.0.2.2', 32)).toEqual(['10.1.1.2 11', '10.1.1.3 12']);
    expect(kernel.hopsTo('2001:db8:ffff::1', 128)).toEqual(['2001:db8:1:1::2 12', '2001:db8:1:1::3 13']);
    const before = kernel.applied.length;
    await routes.install(wanted, FOUR);
    expect(kernel.applied).toHaveLength(before);
    expect(kernel.dumps).toBe(1);
  });

  it('leaves the routes of withheld addresses until they are removed', async () => {
    const { kernel, routes } = await withPair();
    await routes.install(decisions({ '192.0.2.1': [] }), FOUR);
    expect(kernel.hopsTo('192.0.2.1', 32)).toHaveLength(2);
    expect(await routes.remove([address('192.0.2.1')])).toEqual(new Map());
    expect(kernel.hopsTo('192.0.2.1', 32)).toBeUndefined();
    expect(kernel.hopsTo('2001:db8:ffff::1', 128)).toHaveLength(2);
  });

  it('leaves a next hop out whose interface is missing or down, and says so when none is left', async () => {
    const { kernel, routes } = world();
    const failures = await routes.install(decisions({ '192.0.2.1': [1, 2], '192.0.2.2': [2, 9] }), links(4, [2]));
    expect(kernel.hopsTo('192.0.2.1', 32)).toEqual(['10.1.1.2 11']);
    expect([...failures]).toEqual([
      ['192.0.2.2', 'no route to 192.0.2.2: interface flock00000002, flock00000009 is missing or down'],
    ]);
  });

  it('sweeps next hop objects as soon as nothing uses them', async () => {
    const { kernel, routes } = await withPair();
    expect(kernel.objects.size).toBe(6);
    await routes.install(decisions({ '192.0.2.1': [1] }), FOUR);
    expect(kernel.objects.size).toBe(3);
    await routes.install(decisions({ '2001:db8:ffff::1': [2] }), FOUR);
    expect(kernel.objects.size).toBe(0);
    expect(kernel.hopsTo('192.0.2.1', 32)).toEqual(['10.1.1.2 11']);
  });
});

describe('a restarted daemon', () => {
  it('finds its own routes, changes nothing that is right, and removes what is no longer wanted', async () => {
    const { kernel } = await withPair();
    const foreign = { kind: 'replaceRoute', destination: prefix('198.51.100.1/32'), protocol: 4 } as const;
    await kernel.apply([{ ...foreign, linkIndex: 11, gateway: address('10.1.1.2') }]);
    const before = kernel.applied.length;
    const routes = new HostRoutes(kernel, PROTOCOL);
    expect(await routes.resync(FOUR)).toEqual(
      new Map([
        ['192.0.2.1', decisions({ '192.0.2.1': [1, 2] })[0]?.nextHops],
        ['2001:db8:ffff::1', decisions({ '2001:db8:ffff::1': [1, 2] })[0]?.nextHops],
      ]),
    );
    await routes.install(decisions({ '2001:db8:ffff::1': [1, 2] }), FOUR);
    expect(kernel.applied).toHaveLength(before);
    await routes.remove([address('192.0.2.1')]);
    expect(kernel.hopsTo('192.0.2.1', 32)).toBeUndefined();
    expect(kernel.hopsTo('198.51.100.1', 32)).toEqual(['10.1.1.2 11']);
    expect(kernel.objects.size).toBe(3);
  });

  it('replaces the routes of an older flockd that used another metric, without a gap', async () => {
    const { kernel } = world();
    const old = { kind: 'replaceRoute', protocol: PROTOCOL, metric: 1024, onlink: true, linkIndex: 11 } as const;
    for (const text of ['2001:db8:ffff::1', '2001:db8:ffff::2']) {
      await kernel.apply([{ ...old, destination: prefix(`${text}/128`), gateway: address('2001:db8:1:1::1') }]);
    }
    const routes = new HostRoutes(kernel, PROTOCOL);
    expect([...(await routes.resync(FOUR)).values()]).toEqual([[], []]);
    await routes.install(decisions({ '2001:db8:ffff::1': [1] }), FOUR);
    expect([...kernel.table.keys()]).toEqual(['2001:db8:ffff::2/128 1024', '2001:db8:ffff::1/128 20']);
    expect(kernel.applied.slice(-2).map(({ kind }) => kind)).toEqual(['replaceRoute', 'deleteRoute']);
    await routes.remove([address('2001:db8:ffff::2')]);
    expect([...kernel.table.keys()]).toEqual(['2001:db8:ffff::1/128 20']);
  });

  it('shows a route in the wrong form as one without next hops', async () => {
    const { kernel } = world();
    const wrong = { kind: 'replaceRoute', destination: prefix('192.0.2.1/32'), protocol: PROTOCOL, metric: 0 } as const;
    await kernel.apply([{ ...wrong, linkIndex: 11, gateway: address('10.1.1.2') }]);
    expect(await new HostRoutes(kernel, PROTOCOL).resync(FOUR)).toEqual(new Map([['192.0.2.1', []]]));
  });
});

describe('a device that goes', () => {
  it('takes its hop from the groups, and the rest is put right without a new look at the kernel', async () => {
    const { kernel, routes } = await withPair();
    await routes.install(decisions({ '192.0.2.7': [2] }), FOUR);
    kernel.setDown(12);
    expect(kernel.hopsTo('192.0.2.1', 32)).toEqual(['10.1.1.2 11']);
    const touched = routes.forgetLinks(links(4, [2]));
    expect([...touched].sort()).toEqual(['192.0.2.1', '192.0.2.7', '2001:db8:ffff::1']);
    expect(['192.0.2.1', '192.0.2.7'].map((text) => routes.has(address(text)))).toEqual([true, false]);
    const failures = await routes.install(decisions({ '192.0.2.1': [1], '2001:db8:ffff::1': [1] }), links(4, [2]));
    expect(failures).toEqual(new Map());
    await routes.remove([address('192.0.2.7')]);
    expect(kernel.hopsTo('2001:db8:ffff::1', 128)).toEqual(['2001:db8:1:1::1 11']);
    expect(kernel.objects.size).toBe(0);
    expect(kernel.dumps).toBe(1);
  });

  it('and comes back unseen costs one new look at the kernel', async () => {
    const { kernel, routes } = await withPair();
    kernel.setDown(12);
    kernel.upLinks.add(12);
    const wanted = decisions({ '192.0.2.1': [1, 2], '192.0.2.9': [1, 2], '2001:db8:ffff::1': [2, 3] });
    expect(await routes.install(wanted, FOUR)).toEqual(new Map());
    expect(kernel.hopsTo('2001:db8:ffff::1', 128)).toEqual(['2001:db8:1:1::2 12', '2001:db8:1:1::3 13']);
  });
});

describe('what the kernel refuses', () => {
  const stranger = { kind: 'replaceRoute', destination: prefix('192.0.2.1/32'), protocol: 4, metric: 0 } as const;
  const theirs = { ...stranger, linkIndex: 14, gateway: address('10.1.1.5') };

  it('a stranger s route to the same address stays, and the failure says what to do', async () => {
    const { kernel, routes } = world();
    await kernel.apply([theirs]);
    const failures = await routes.install(decisions({ '192.0.2.1': [1], '192.0.2.2': [1] }), FOUR);
    expect([...failures]).toEqual([
      [
        '192.0.2.1',
        'no route to 192.0.2.1: another program has a route to it, which is left alone; remove that one (ip route show 192.0.2.1/32), or the claim',
      ],
    ]);
    expect(kernel.hopsTo('192.0.2.1', 32)).toEqual(['10.1.1.5 14']);
    expect(kernel.hopsTo('192.0.2.2', 32)).toEqual(['10.1.1.2 11']);
  });

  it('is tried again each time without reading everything again, and succeeds when the stranger has gone', async () => {
    const { kernel, routes } = world();
    await kernel.apply([theirs]);
    const wanted = decisions({ '192.0.2.1': [1] });
    await routes.install(wanted, FOUR);
    const { dumps } = kernel;
    expect((await routes.install(wanted, FOUR)).size).toBe(1);
    expect(kernel.dumps).toBe(dumps);
    await kernel.apply([{ kind: 'deleteRoute', destination: prefix('192.0.2.1/32'), protocol: 4 }]);
    expect(await routes.install(wanted, FOUR)).toEqual(new Map());
    expect(kernel.hopsTo('192.0.2.1', 32)).toEqual(['10.1.1.2 11']);
  });

  it('a leaf that fails is the reason of every address behind it, and leaves the others alone', async () => {
    const { kernel, routes } = world();
    kernel.failing = (change) =>
      change.kind === 'replaceNextHop' && change.linkIndex === 12
        ? { ok: false, errno: 'ENETDOWN', message: 'Nexthop device is not up' }
        : undefined;
    const wanted = decisions({ '192.0.2.1': [1, 2], '192.0.2.2': [1, 3], '192.0.2.3': [1] });
    const failures = await routes.install(wanted, FOUR);
    expect([...failures]).toEqual([
      ['192.0.2.1', 'no route to 192.0.2.1: the kernel refuses it: Nexthop device is not up (ENETDOWN)'],
    ]);
    expect(kernel.hopsTo('192.0.2.2', 32)).toHaveLength(2);
    kernel.failing = () => undefined;
    expect(await routes.install(wanted, FOUR)).toEqual(new Map());
    expect(kernel.hopsTo('192.0.2.1', 32)).toHaveLength(2);
  });

  it('a group that cannot be changed in place fails for the addresses behind it, which keep their old hops', async () => {
    const { kernel, routes } = await withPair();
    kernel.failing = (change) =>
      change.kind === 'replaceNextHopGroup' ? { ok: false, errno: 'ENOMEM', message: undefined } : undefined;
    const failures = await routes.install(decisions({ '192.0.2.1': [1, 3] }), FOUR);
    expect(failures.get(address('192.0.2.1'))).toContain('ENOMEM (ENOMEM)');
    expect(kernel.hopsTo('192.0.2.1', 32)).toEqual(['10.1.1.2 11', '10.1.1.3 12']);
    expect(routes.has(address('192.0.2.1'))).toBe(true);
    expect(routes.has(address('192.0.2.9'))).toBe(false);
  });

  it('a route that cannot be deleted is named, and its next hops are not swept from under it', async () => {
    const { kernel, routes } = await withPair();
    kernel.failing = (change) =>
      change.kind === 'deleteRoute' ? { ok: false, errno: 'EPERM', message: undefined } : undefined;
    const failures = await routes.remove([address('192.0.2.1'), address('2001:db8:ffff::1')]);
    expect([...failures.keys()]).toEqual(['192.0.2.1', '2001:db8:ffff::1']);
    expect(kernel.objects.size).toBe(6);
    kernel.failing = () => undefined;
    expect(await routes.remove([address('192.0.2.1'), address('2001:db8:ffff::1')])).toEqual(new Map());
    expect(kernel.table.size).toBe(0);
    expect(kernel.objects.size).toBe(0);
  });
});

it('reads the kernel afresh after a conversation that broke in the middle', async () => {
  const { kernel, routes } = world();
  const wanted = decisions({ '192.0.2.1': [1, 2], '192.0.2.2': [1] });
  kernel.breakAfter = 3;
  await expect(routes.install(wanted, FOUR)).rejects.toThrow('broke');
  expect(await routes.install(wanted, FOUR)).toEqual(new Map());
  expect(kernel.dumps).toBe(2);
  expect(kernel.hopsTo('192.0.2.1', 32)).toHaveLength(2);
});
