import type { Symbols } from './symbols.ts';
import { plainValue, type Value } from './values.ts';

const FAMILY = /^(?:ipv[46]|vpn[46]|flow[46]|roa[46]|mpls|evpn|aspa|eth|neighbors)$/;
const VARIANTS = new Map([
  ['multicast', '-mc'],
  ['mpls', '-mpls'],
  ['sadr', '-sadr'],
]);

/** The name of the channel that an item of a protocol opens (`bgp_afi` in `proto/bgp/config.Y`), if it opens one. */
export function channelName(item: readonly string[]): string | undefined {
  const [family = '', ...words] = item;
  if (!FAMILY.test(family)) return undefined;
  const variant = VARIANTS.get(words[0] ?? '') ?? '';
  const next = words[variant === '' ? 0 : 1];
  return next === undefined || next === '{' ? family + variant : undefined;
}

/** What a channel lets through: `all`, `none`, a condition, an inline filter, or a named one with its text. */
export function policyValue(tokens: readonly string[], symbols: Symbols): Value {
  const [kind = '', name = ''] = tokens;
  if (kind === 'filter' && tokens.length === 2) return `filter ${symbols.filter(name)}`;
  return plainValue(symbols.expand(tokens));
}
