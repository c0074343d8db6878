import { type CommunityText, MOST_COMMUNITIES, sortCommunities } from '../model/community.ts';

/**
 * The communities of several pods with one address as one set, since BIRD has one route for it.
 * @param carried of the previous pods, @param asked of one more; both sorted.
 * @returns the set, sorted; undefined when it would exceed what a route should carry.
 */
export function joinCommunities(
  carried: readonly CommunityText[],
  asked: readonly CommunityText[],
): readonly CommunityText[] | undefined {
  if (asked.every((community) => carried.includes(community))) return carried;
  const joined = carried.length === 0 ? asked : sortCommunities([...carried, ...asked]);
  return joined.length > MOST_COMMUNITIES ? undefined : joined;
}
