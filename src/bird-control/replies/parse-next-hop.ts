import type { BirdRoute } from '../types.ts';
import { wholeNumber } from './expect.ts';

/**
 * A next hop as `show route` prints it: `via ADDRESS [on INTERFACE] …` or `dev INTERFACE …`, then any of
 * `mpls LABELS`, `onlink`, `weight N` (`rt_show_rte`, nest/rt-show.c). In BIRD 3 a recursive one reads `via ADDRESS
 * table TABLE`. Undefined when the text is not one.
 */
export function parseNextHop(text: string): BirdRoute['nextHops'][number] | undefined {
  const words = text.split(' ');
  const [kind, first] = words;
  if (first === undefined || first === '' || (kind !== 'via' && kind !== 'dev')) return undefined;
  const on = kind === 'via' && words[2] === 'on';
  if (on && words[3] === undefined) return undefined;
  // An interface may be called `onlink`, so only what follows it is examined.
  const rest = words.slice(on ? 4 : 2);
  const weight = rest.indexOf('weight');
  return {
    via: kind === 'via' ? first : undefined,
    interface: kind === 'dev' ? first : on ? words[3] : undefined,
    onlink: rest.includes('onlink'),
    weight: weight === -1 ? undefined : wholeNumber(rest[weight + 1]),
  };
}
