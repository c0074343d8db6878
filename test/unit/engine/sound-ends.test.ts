// @module-tag real
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../lab/eventually.ts';
import { EngineWorld } from './world.ts';

const LISTS = ['links', 'addresses', 'neighbours', 'routes', 'linkSettings'] as const;

/** Has the kernel give the same list again while nothing of it has changed, as the real one does. */
function keepLists(host: object): void {
  const port = host as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const name of LISTS) {
    const real = port[name]?.bind(host);
    if (real === undefined) throw new Error(`no list ${name}`);
    const known = new Map<string, unknown>();
    port[name] = async (...args) => {
      const key = JSON.stringify(args);
      const now = await real(...args);
      if (!isDeepStrictEqual(known.get(key), now)) known.set(key, now);
      return known.get(key);
    };
  }
}

describe('a full comparison of the ends of pods', () => {
  it('finds what has changed without an event since the last one found nothing wrong', async () => {
    await using world = new EngineWorld();
    keepLists(world.kernel.host);
    await world.start({ resync: 20 });
    const pods = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) pods.push(await world.addPod(name));
    const [{ hostInterface } = { hostInterface: '' }] = pods;
    const { sysctls } = world.kernel.host.tables;
    const wanted = {
      [`net/ipv4/neigh/${hostInterface}/proxy_delay`]: ['80', '0'],
      [`net/ipv6/conf/${hostInterface}/accept_ra`]: ['2', '0'],
      [`net/ipv4/conf/${hostInterface}/accept_redirects`]: ['1', '0'],
      [`net/ipv6/conf/${hostInterface}/accept_redirects`]: ['1', '0'],
    };
    for (const [path, [altered = '', right = '']] of Object.entries(wanted)) {
      // Some comparisons that find nothing.
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(sysctls.get(path)).toBe(right);
      sysctls.set(path, altered);
      await eventually(() => sysctls.get(path) === right, `${path} is put right`);
    }
    expect(world.lines.filter((line) => line.includes('was not as ADD had made it'))).toHaveLength(4);
  });
});
