import { describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { allocationsOf, hostState } from './kernel-state.ts';
import { routedWorld } from './nodes.ts';
import { answers } from './packets.ts';

const COUNT = 110;
const NUMBERS = [...Array(COUNT).keys()];
/** Every pod claims one address of each family. */
const claims = (number: number): string[] => [`192.0.2.${number + 1}`, `2001:db8:ffff::${(number + 1).toString(16)}`];
const CLAIMS = NUMBERS.flatMap(claims);

describe.skipIf(!isRoot)('ADDs of different pods in parallel (needs root)', () => {
  const world = routedWorld('many-pods');

  it('110 pods at once are all wired, without a duplicate address, and leave everything as it was', async () => {
    const { lab, node, router } = world();
    const before = await hostState(node.namespace);
    const routerBefore = (await router.kernelRoutes()).map(({ dst }) => dst).sort();
    const namespaces = await Promise.all(NUMBERS.map((number) => lab.namespace(`p${number}`, { loopback: 'down' })));
    const requests = namespaces.map((namespace, number) => ({
      containerId: `container${number}`,
      netns: namespace.path,
      args: `K8S_POD_NAME=pod${number}`,
    }));
    for (const number of NUMBERS) {
      await node.writePod(podManifest({ name: `pod${number}`, annotations: { anycast: claims(number).join() } }));
    }

    const results = await Promise.all(requests.map((request) => node.add(request)));
    const addresses = results.flatMap(({ ips }) => ips.map(({ address }) => address));
    expect(new Set(addresses).size).toBe(2 * COUNT);
    const devices = results.map(({ interfaces }) => interfaces[0]?.name);
    expect(new Set(devices).size).toBe(COUNT);
    expect(new Set((await allocationsOf(node)).map(({ container_id }) => container_id)).size).toBe(COUNT);
    // Each pod answers the host in both families; one command for all, so that the machine is not flooded with pings.
    const plain = addresses.map((address) => address.split('/')[0] ?? '');
    const script = 'for address; do ping -n -q -c1 -W1 "$address" >/dev/null || echo "$address"; done';
    const lost = await node.namespace.exec(['sh', '-c', script, 'sh', ...plain], { timeoutMs: 30_000 });
    expect(lost.stdout).toBe('');

    await eventually(async () => {
      const seen = new Set((await router.kernelRoutes()).map(({ dst }) => dst));
      return CLAIMS.every((claim) => seen.has(claim));
    }, 'the router has a path to every claim');
    expect(await answers(router.namespace, CLAIMS[0] ?? '')).toBe(true);
    expect(await answers(router.namespace, CLAIMS.at(-1) ?? '')).toBe(true);

    await Promise.all(requests.map((request) => node.del(request)));
    expect(await allocationsOf(node)).toEqual([]);
    for (const number of NUMBERS) await node.removePod({ name: `pod${number}` });
    await eventually(async () => {
      const seen = (await router.kernelRoutes()).map(({ dst }) => dst).sort();
      return seen.join() === routerBefore.join();
    }, 'the router has what it had');
    expect(await hostState(node.namespace)).toEqual(before);
  });
});
