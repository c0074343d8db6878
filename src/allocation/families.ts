import type { Config } from '../config/types.ts';
import { FlockError } from '../errors.ts';
import type { Family } from '../model/address.ts';
import { ANNOTATION_PREFIX } from '../model/names.ts';

/** What a pod's annotations say about families; undefined when they say nothing. */
export interface FamilyWishes {
  readonly ipv4: boolean | undefined;
  readonly ipv6: boolean | undefined;
}

/**
 * The families in which a pod gets an address: as its annotations say, else the node's defaults.
 * @returns at least one family, IPv4 first.
 * @throws FlockError `familyMissing` when an annotation asks for a family that has no pool, or when no family is left.
 */
export function podFamilies(wishes: FamilyWishes, config: Pick<Config, 'pools' | 'defaults'>): readonly Family[] {
  const families: Family[] = [];
  for (const family of [4, 6] as const) {
    const wish = family === 4 ? wishes.ipv4 : wishes.ipv6;
    const pool = family === 4 ? config.pools.ip4 : config.pools.ip6;
    const byDefault = family === 4 ? config.defaults.ipv4 : config.defaults.ipv6;
    if (wish === true && pool === undefined) {
      throw new FlockError(
        'familyMissing',
        `annotation ${ANNOTATION_PREFIX}ipv${family}: true asks for IPv${family}, but this node has no IPv${family} pool; set pools.ipv${family}, or remove the annotation`,
      );
    }
    if (pool !== undefined && (wish ?? byDefault)) families.push(family);
  }
  if (families.length === 0) {
    const pools = [config.pools.ip4 && 'pools.ipv4', config.pools.ip6 && 'pools.ipv6'].filter(Boolean).join(' and ');
    throw new FlockError(
      'familyMissing',
      `the pod would get no address: annotations ${ANNOTATION_PREFIX}ipv4 and ${ANNOTATION_PREFIX}ipv6, or the node's defaults, leave no family of ${pools}; allow one of them`,
    );
  }
  return families;
}
