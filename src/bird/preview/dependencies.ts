import type { BgpSession } from './bgp-session.ts';
import type { Model } from './model.ts';
import type { OtherProtocol } from './other-protocol.ts';
import { compareProtocols } from './protocols.ts';
import type { ProtocolChange } from './types.ts';

/** Words of the authentication of a session of BFD, which later versions have in the options of BGP too. */
const SECRET = /\b(?:authentication|password|key)\b/;

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
  const devices = changes.filter(({ type }) => type === 'device').map(changeText);
  const bfd = [...changes.filter(({ type }) => type === 'bfd').map(changeText), ...secretReasons(before, after)];
  const spokeBfd = [...before.protocols.values()].some(({ type, disabled }) => type === 'bfd' && !disabled);
  return (was, is) => {
    const reasons = was.values.get('multihop') === '0' ? [...devices] : [];
    if (!spokeBfd || was.bfd === 'off') return reasons;
    if (is.bfd === 'off') return [...reasons, 'bfd on → off'];
    const proof = was.bfd !== is.bfd && SECRET.test(`${was.bfd} ${is.bfd}`) ? ['bfd authentication'] : [];
    return [...reasons, ...bfd, ...proof];
  };
}

function changeText({ type, protocol, change, reasons }: ProtocolChange): string {
  return `protocol ${type} ${protocol} ${change}: ${reasons.join(', ')}`;
}

function secretReasons(before: Model, after: Model): string[] {
  const changed = [...before.protocols].filter(([name, protocol]) => {
    const next = after.protocols.get(name);
    return protocol.type === 'bfd' && next?.type === 'bfd' && secrets(protocol) !== secrets(next);
  });
  return changed.map(([name]) => `protocol bfd ${name}: authentication`);
}

function secrets(protocol: OtherProtocol): string {
  return protocol.secrets.join('\n');
}
