import type { CommunityPattern } from '../config/types.ts';
import { type CommunityText, communityNumbers } from '../model/community.ts';

/** Whether one of the patterns allows the community. Patterns of one kind say nothing about the other. */
export function isCovered(community: CommunityText, patterns: readonly CommunityPattern[]): boolean {
  if (patterns.length === 0) return false;
  const numbers = communityNumbers(community) ?? [];
  return patterns.some(
    (pattern) =>
      pattern.numbers.length === numbers.length &&
      pattern.numbers.every((wanted, at) => wanted === undefined || wanted === numbers[at]),
  );
}

/** Most patterns listed in a message; the configuration has them all. */
const MOST_NAMED = 8;

/** The patterns as a clause: `no communities`, or `64600:100, 64600:1:* and 3 more only`. */
export function allowedPatterns(patterns: readonly CommunityPattern[]): string {
  const texts = [...new Set(patterns.map(({ text }) => text))];
  if (texts.length === 0) return 'no communities';
  const more = texts.length > MOST_NAMED ? ` and ${texts.length - MOST_NAMED} more` : '';
  return `${texts.slice(0, MOST_NAMED).join(', ')}${more} only`;
}
