import { authenticationDiffers, hasAuthentication } from '../meaning/bfd-authentication.ts';
import type { BgpSession } from '../meaning/bgp-session.ts';
import type { Model } from '../meaning/model.ts';
import { compareProtocols } from './protocols.ts';
import type { ProtocolChange } from './types.ts';

/** Why a session ends that stays the same itself. */
export type DependencyReasons = (before: BgpSession, after: BgpSession) => string[];

/**
 * Finds the sessions that end because of another protocol.
 *
 * Without the protocol `device`, or with one of another name, BIRD forgets all interfaces, and each session over one of
 * them with the error `Neighbor lost`; a session over several hops has none.
 *
 * When BFD stops at this end, for one session or for all, BIRD sends no word of it: the router's BFD takes the silence for
 * a dead neighbour, and the router ends the BGP session. A BFD that begins anew has forgotten the router's session, with
 * the same end. So has one that proves itself in another way, whose packets the router does not take.
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
    // Later versions have it in the options of BGP too.
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
