import { FlockError } from '../errors.ts';
import type { Config } from './types.ts';

/**
 * Refuses what is valid in a configuration but not implemented in this version yet.
 * @throws FlockError `configurationInvalid`.
 */
export function refuseUnbuilt({ pods }: Pick<Config, 'pods'>): void {
  if (pods.source === 'directory') return;
  const message = `pods.source: ${pods.source} is not built yet in this version; use directory`;
  throw new FlockError('configurationInvalid', message);
}
