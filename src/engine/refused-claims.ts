import type { AddressDecision } from '../advertise/decision.ts';
import type { Problem } from '../model/problem.ts';

/** How many addresses of a pod a message names; of more it gives the number. */
const NAMED = 3;

/**
 * Claims that ADD accepted and that the configuration refuses now, one problem for each attachment concerned.
 * @param decisions of the last pass.
 */
export function refusedClaims(decisions: readonly AddressDecision[]): Problem<'notAllowed'>[] {
  const refused = decisions.flatMap(({ address, claimants }) =>
    claimants
      .filter(({ withheld }) => withheld?.reason === 'notAllowed')
      .map((claimant) => ({ address, claimant, message: claimant.withheld?.message ?? '' })),
  );
  const byAttachment = Map.groupBy(
    refused,
    ({ claimant }) => `${claimant.namespace}/${claimant.name} ${claimant.containerId}`,
  );
  return [...byAttachment.values()].flatMap((claims) => {
    const [first] = claims;
    if (first === undefined) return [];
    const { namespace, name, containerId } = first.claimant;
    const rest = claims.length - NAMED;
    const addresses = claims
      .slice(0, NAMED)
      .map(({ address }) => address)
      .join(', ');
    const reasons = [...new Set(claims.slice(0, NAMED).map(({ message }) => message))].join('; ');
    const subject = `pod ${namespace}/${name}, container ${containerId}: ${addresses}${rest > 0 ? ` and ${rest} more` : ''}`;
    const remedy =
      'put the rule of advertise.allow back, or take the claim out of the annotation and add the pod again';
    return [{ code: 'notAllowed', message: `${subject} not announced through it; ${reasons}; ${remedy}` }];
  });
}
