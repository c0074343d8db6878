import { addressBits } from '../../../src/model/address.ts';
import type { ObservedRoutes } from '../../../src/routes/model.ts';
import { RouteModel } from '../../../src/routes/model.ts';
import { planDelta } from '../../../src/routes/plan.ts';
import type { DesiredRoutes, RoutePlan } from '../../../src/routes/route-values.ts';

/**
 * Everything needed to get from a kernel dump to what is desired, including the removal of our routes to addresses that
 * are not in `desired`. For the start, and whenever the kernel's state is in doubt.
 */
export function planFull(
  observed: ObservedRoutes,
  protocol: number,
  desired: DesiredRoutes,
): { readonly model: RouteModel; readonly plan: RoutePlan } {
  const model = new RouteModel(protocol, observed);
  const complete = new Map(desired);
  const strays = model.strays.filter(({ destination }) => destination.length === addressBits(destination.family));
  for (const address of [...model.routes.keys(), ...strays.map(({ destination }) => destination.network)]) {
    if (!complete.has(address)) complete.set(address, []);
  }
  return { model, plan: planDelta(model, complete) };
}
