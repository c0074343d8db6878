import { authenticationDiffers, hasAuthentication } from '../meaning/bfd-authentication.ts';
import type { BgpSession } from '../meaning/bgp-session.ts';
import type { Model } from '../meaning/model.ts';
import { compareProtocols } from './protocols.ts';
import type { ProtocolChange } from './types.ts';

/** Why a session ends although it is itself unchanged. */
type DependencyReasons = (before: BgpSession, after: BgpSession) => string[];

/**
 * Finds the sessions that end because of another protocol.
 *
 * Without the protocol `device`, or when its name changes, BIRD forgets all interfaces and ends each session over one
 * of them with the error `Neighbor lost`; a multihop session uses none.
 *
 * When BFD stops at this end, for one session or for all, BIRD does not signal it: the router's BFD takes the silence
 * for a dead neighbour, and the router ends the BGP session. A restarted BFD has forgotten the router's session, with
 * the same result. So it is with changed authentication, whose packets the router does not accept.
 */
export function dependencyReasons(before: Model, after: Model): DependencyReasons {
  const changes = compareProtocols(before, after).filter(({ change }) => change !== 'begins');
  const devices = changes.filter(({ type }) => type === 'device').map(protocolText);
  const stopped = changes.filter(({ type }) => type === 'bfd').map(protocolText);
  const bfd = [...stopped, ...authenticationReasons(before, after)];
  const spokeBfd = [...before.protocols.values()].some(({ type, disabled }) => type === 'bfd' && !disabled);
  return (was, is) => {
    const reasons = was.values.get('multihop') === '0' ? [...devices] : [];
    if (!spokeBfd || was.bfd === 'off') return reasons;
    if (is.bfd === 'off') return [...reasons, 'bfd on → off'];
    // Later versions also have it in the BGP options.
    const proves = hasAuthentication(`${was.bfd} ${is.bfd}`.split(' '));
    return [...reasons, ...bfd, ...(was.bfd !== is.bfd && proves ? ['bfd authentication'] : [])];
  };
}

function protocolText({ type, protocol, change, reasons }: ProtocolChange): string {
  return `protocol ${type} ${protocol} ${change}: ${reasons.join(', ')}`;
}

function authenticationReasons(before: Model, after: Model): string[] {
  const changed = [...before.protocols].filter(([name, { type, authentication }]) => {
    const next = after.protocols.get(name);
    return type === 'bfd' && next?.type === 'bfd' && authenticationDiffers(authentication, next.authentication);
  });
  return changed.map(([name]) => `protocol bfd ${name}: authentication`);
}
