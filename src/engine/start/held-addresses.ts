import type { Link } from '../../kernel/ports.ts';
import type { EnginePorts, EngineState } from '../context.ts';

/**
 * Frees the addresses that were held for interfaces from which no allocation could be rebuilt, once these are gone.
 * @param links all of the host's.
 */
export function releaseHeld(
  { log }: Pick<EnginePorts, 'log'>,
  { held }: Pick<EngineState, 'held'>,
  links: Iterable<Link>,
) {
  if (held.size === 0) return;
  const present = new Set([...links].map(({ index }) => index));
  const free = [...held].filter(([, linkIndex]) => !present.has(linkIndex)).map(([address]) => address);
  if (free.length === 0) return;
  for (const address of free) held.delete(address);
  log.info({ addresses: free }, 'free again: the interfaces that had these addresses are gone');
}
