import type { Address } from '../../model/address.ts';
import type { BirdOutput } from './bird-output.ts';
import { type Announced, orderEffects } from './order.ts';
import type { RouteOutput } from './route-output.ts';

/** A pass that could not do everything. The loop tries again. */
class IncompletePass extends Error {
  override readonly name = 'IncompletePass';
}

/**
 * Carries out what a pass has decided, in the order of `orderEffects`, as far as kernel and BIRD let it:
 * - BIRD not answering holds back neither new routes nor changed ones: a replica that is no longer ready must lose its
 *   packets even while the announcement remains. Routes are removed only when BIRD has accepted that they are
 *   withdrawn.
 * - The kernel failing as a whole holds back no withdrawal.
 * - An address that the kernel refuses to route, or routes elsewhere, is not announced; the others are. One that is
 *   announced when that happens is withdrawn when it lasts for longer than a moment.
 * @param now the present moment, in milliseconds.
 * @throws what failed first; IncompletePass when the kernel refuses routes.
 */
export async function takeEffect(
  wanted: Announced,
  bird: BirdOutput,
  routes: RouteOutput,
  now: () => number,
): Promise<void> {
  const refused = new Set<Address>();
  let unrouted: ReadonlySet<Address> | undefined;
  const unroute: Address[] = [];
  let refusal: { readonly error: unknown } | undefined;

  async function give(publish: () => Promise<void>): Promise<void> {
    if (refusal !== undefined) return;
    try {
      await publish();
    } catch (error) {
      refusal = { error };
    }
  }

  /** What may be announced; to be asked for when what can be routed has been. */
  async function announceable(): Promise<Announced> {
    if (unrouted === undefined) await routes.verify(wanted);
    unrouted ??= new Set(routes.lost.withheld(bird.announced, now()));
    return without(wanted, unrouted);
  }

  let ready: Announced;
  try {
    await routes.refresh();
    for (const effect of orderEffects(bird.announced, routes.routed, wanted)) {
      if (effect.kind === 'route')
        for (const address of await routes.route(effect.addresses, wanted)) refused.add(address);
      if (effect.kind === 'publish') {
        const set = effect.set === wanted ? await announceable() : effect.set;
        await give(() => bird.publish(set));
      }
      if (effect.kind === 'unroute') unroute.push(...effect.addresses);
    }
    ready = await announceable();
  } catch (error) {
    await give(() => withdraw(wanted, bird));
    throw error;
  }
  const mustGo = [...bird.announced.keys()].some((address) => !ready.has(address));
  // Also where nothing seems to change: what BIRD has from before a restart of ours is not known until it has been
  // given a set.
  await give(() => (mustGo ? bird.publish(ready) : bird.publishIfDue(ready)));
  if (refusal !== undefined) throw refusal.error;
  const staying = await routes.unroute(unroute, wanted);
  const wrong = [...refused, ...staying];
  if (wrong.length > 0) {
    throw new IncompletePass(
      `routes that are not as they should be: ${wrong.length} (${wrong.slice(0, 3).join(', ')})`,
    );
  }
}

/** Withdraws what has to go, and announces nothing new. */
async function withdraw(wanted: Announced, bird: BirdOutput): Promise<void> {
  const left = new Map([...bird.announced].filter(([address]) => wanted.has(address)));
  if (left.size < bird.announced.size) await bird.publish(left);
}

function without(set: Announced, missing: ReadonlySet<Address>): Announced {
  return missing.size === 0 ? set : new Map([...set].filter(([address]) => !missing.has(address)));
}
