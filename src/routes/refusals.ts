import type { Change, ChangeResult } from '../kernel/ports.ts';
import type { Address } from '../model/address.ts';
import { hostPrefix } from '../model/prefix.ts';
import type { RoutePlan } from './types.ts';

/** Why the kernel refused one change. */
export interface Refusal {
  readonly errno: string;
  readonly message: string;
}

/** The refusal in a result, if there is one. */
export function refusalIn(result: ChangeResult | undefined): Refusal | undefined {
  if (result === undefined || result.ok) return undefined;
  return { errno: result.errno, message: result.message ?? result.errno };
}

/**
 * The addresses that are not routed as the plan has it, after its `make` was applied.
 * @param results one per change of `make`, in order.
 */
export function refusedAddresses(plan: RoutePlan, results: readonly ChangeResult[]): Map<Address, Refusal> {
  const refused = new Map<Address, Refusal>();
  // The first failure of a next hop object: what depends on it fails with a less informative error.
  const broken = new Map<number, Refusal>();
  for (const [at, change] of plan.make.entries()) {
    const refusal = refusalIn(results[at]);
    if (refusal !== undefined) attribute(change, refusal);
  }
  return refused;

  function attribute(change: Change, refusal: Refusal): void {
    if (change.kind === 'replaceNextHop') broken.set(change.id, refusal);
    else if (change.kind === 'replaceNextHopGroup') {
      const cause = change.members.map((id) => broken.get(id)).find((found) => found !== undefined) ?? refusal;
      broken.set(change.id, cause);
      for (const address of plan.carriedBy.get(change.id) ?? []) refused.set(address, cause);
    } else if (change.kind === 'replaceRoute') {
      const cause = change.nextHopId === undefined ? undefined : broken.get(change.nextHopId);
      refused.set(change.destination.network, cause ?? refusal);
    }
  }
}

/** The sentence for the user about why an address is not routed. */
export function refusalSentence(address: Address, { errno, message }: Refusal): string {
  if (errno !== 'EEXIST') return `no route to ${address}: the kernel refuses it: ${message} (${errno})`;
  const show = `ip route show ${hostPrefix(address)}`;
  return `no route to ${address}: another program has a route to it, which is left alone; remove that one (${show}), or the claim`;
}
