import type { Link } from '../../kernel/ports.ts';
import type { EnginePorts, EngineState } from '../context.ts';

/**
 * Frees the addresses that were reserved for interfaces from which no allocation could be rebuilt, once these are gone.
 * @param links all of the host's.
 */
export function freeReserved(
  { log }: Pick<EnginePorts, 'log'>,
  { reserved }: Pick<EngineState, 'reserved'>,
  links: Iterable<Link>,
) {
  if (reserved.size === 0) return;
  const present = new Set([...links].map(({ index }) => index));
  const free = [...reserved].filter(([, linkIndex]) => !present.has(linkIndex)).map(([address]) => address);
  if (free.length === 0) return;
  for (const address of free) reserved.delete(address);
  log.info({ addresses: free }, 'free again: the interfaces that had these addresses are gone');
}
