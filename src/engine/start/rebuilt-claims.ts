import type { Claims } from '../../allocation/claims.ts';
import type { Address } from '../../model/address.ts';
import type { CommunityClaim } from '../../model/community.ts';
import type { SandboxFacts } from './sandboxes.ts';

/** The evidence of a pod's claims when the allocations file is lost. */
export interface ClaimEvidence {
  /** Undefined: the pod's namespace cannot be found. */
  readonly sandbox: SandboxFacts | undefined;
  /** The pod's own addresses. */
  readonly own: readonly Address[];
  /** What the host routes to the pod, besides its own addresses. */
  readonly routed: readonly Address[];
  /** What the pod's annotations ask for now; undefined where that is not known. */
  readonly annotations: Claims | undefined;
}

/**
 * The claims of a pod, from what is left of them. An address in the pod's namespace alone proves nothing where the
 * annotations are known: a pod that may set its own addresses could give itself any address.
 */
export function rebuiltClaims({ sandbox, own, routed, annotations }: ClaimEvidence): Claims {
  const found = foundClaims({ sandbox, own, routed, annotations });
  const claimed = new Set([...found.anycast, ...found.addresses]);
  // Nothing in the kernel records communities: they are what the annotation asks for now, where it can be read.
  const asked = annotations?.communities ?? [];
  const isOnClaim = ({ address }: CommunityClaim) => address === undefined || claimed.has(address);
  return { ...found, communities: asked.filter(isOnClaim) };
}

function foundClaims({ sandbox, own, routed, annotations }: ClaimEvidence): Omit<Claims, 'communities'> {
  if (sandbox === undefined) {
    const isOnInterface = (address: Address) => annotations?.addresses.includes(address) === true;
    return {
      anycast: routed.filter((address) => !isOnInterface(address)),
      addresses: routed.filter(isOnInterface),
    };
  }
  const asked = annotations && new Set([...annotations.anycast, ...annotations.addresses, ...routed]);
  const isClaim = (address: Address) => !own.includes(address) && (asked === undefined || asked.has(address));
  const anycast = sandbox.onLoopback.filter(isClaim);
  return {
    anycast,
    addresses: sandbox.onInterface.filter((address) => isClaim(address) && !anycast.includes(address)),
  };
}
