import type { Address } from '../model/address.ts';
import type { BirdOutput } from './bird-output.ts';
import { type Announced, orderEffects } from './order.ts';
import type { RouteOutput } from './route-output.ts';

/** A pass that could not do everything. The loop tries again. */
export class IncompletePass extends Error {
  override readonly name = 'IncompletePass';
}

/**
 * Carries out what a pass has decided, in the order of `orderEffects`, as far as kernel and BIRD let it:
 * - BIRD not answering holds back neither new routes nor changed ones: a replica that is no longer ready must lose its
 *   packets also while the announcement stands. Routes are removed only when BIRD has accepted that they go.
 * - The kernel failing as a whole holds back no withdrawal.
 * - An address that the kernel refuses to route is not announced; the others are.
 * @throws whatever failed first; IncompletePass when the kernel refuses routes.
 */
export async function takeEffect(wanted: Announced, bird: BirdOutput, routes: RouteOutput): Promise<void> {
  const unrouted = new Set<Address>();
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

  try {
    await routes.refresh();
    for (const effect of orderEffects(bird.announced, routes.routed, wanted)) {
      if (effect.kind === 'route')
        for (const address of await routes.route(effect.addresses, wanted)) unrouted.add(address);
      if (effect.kind === 'publish') await give(() => bird.publish(without(effect.set, unrouted)));
      if (effect.kind === 'unroute') unroute.push(...effect.addresses);
    }
  } catch (error) {
    await give(() => withdraw(wanted, bird));
    throw error;
  }
  // Also where nothing seems to change: what BIRD has from before a restart of ours is not known until it has been told.
  await give(() => bird.publishIfDue(without(wanted, unrouted)));
  if (refusal !== undefined) throw refusal.error;
  const staying = await routes.unroute(unroute, wanted);
  const wrong = [...unrouted, ...staying];
  if (wrong.length > 0) {
    throw new IncompletePass(
      `routes that are not as they should be: ${wrong.length} (${wrong.slice(0, 3).join(', ')})`,
    );
  }
}

/** Takes back what shall go, and announces nothing new. */
async function withdraw(wanted: Announced, bird: BirdOutput): Promise<void> {
  const left = new Map([...bird.announced].filter(([address]) => wanted.has(address)));
  if (left.size < bird.announced.size) await bird.publish(left);
}

function without(set: Announced, missing: ReadonlySet<Address>): Announced {
  return missing.size === 0 ? set : new Map([...set].filter(([address]) => !missing.has(address)));
}
