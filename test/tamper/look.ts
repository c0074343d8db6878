import { apiGet } from '../../src/api/client.ts';
import { isAddressList, isPodList, isStatusJson } from '../../src/api/shape.ts';
import type { Look } from './law.ts';
import { SOURCES } from './plan.ts';
import type { TamperedWorld } from './world.ts';

/** Each argument is `SOURCE ADDRESS`; those that are not answered within a second are printed. */
const PINGS = 'for p; do (ping -n -q -c1 -W1 -I $p >/dev/null 2>&1 || echo "$p") & done; wait';

/** Looks once: asks flockd, reads the router's kernel, and has the router ping every address of every pod. */
export async function lookAround(world: TamperedWorld): Promise<Look> {
  const { node, router } = world;
  const socket = node.path('flock.sock');
  const silent = await silentOnes(world);
  const routed = (await router.kernelRoutes()).map(({ dst }) => dst);
  return {
    silent,
    routed,
    status: await apiGet(socket, '/v1/status', { accepts: isStatusJson }),
    addresses: await apiGet(socket, '/v1/addresses', { accepts: isAddressList }),
    pods: await apiGet(socket, '/v1/pods', { accepts: isPodList }),
  };
}

async function silentOnes({ router, facts, whole }: TamperedWorld): Promise<string[]> {
  const own = facts.flatMap(({ ip4, ip6 }) => [ip4, ip6]).filter((ip) => ip !== undefined);
  const pairs = [...own, ...whole.claims].flatMap((address) =>
    SOURCES[address.includes(':') ? 6 : 4].map((source) => `${source} ${address}`),
  );
  const { stdout } = await router.namespace.exec(['sh', '-c', PINGS, 'sh', ...pairs], { timeoutMs: 30_000 });
  const lost = stdout.split('\n').filter((pair) => pair !== '');
  return [...new Set(lost.map((pair) => pair.split(' ')[1] ?? ''))].sort();
}
