import { z } from 'zod';
import { largestIn } from '../../model/community.ts';
import type { CommunityPattern } from '../types.ts';
import { named } from './text-keys.ts';
import { Refusal, readPrefix, textAs } from './text-values.ts';

/** Most entries of `communities`; a pattern with `*` covers many. */
const MOST_PATTERNS = 64;

/** One entry of `advertise.allow` as written. */
export const allowRule = z.strictObject({
  prefixes: z
    .array(textAs({ description: 'Prefix that the claimed addresses lie in.', examples: ['192.0.2.0/24'] }, readPrefix))
    .min(1, { error: 'must name at least one prefix' })
    .meta({ description: 'Prefixes that the claimed addresses lie in.' }),
  namespaces: z
    .array(
      named(
        'Exact name of a namespace, or * for all.',
        '^(\\*|[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)$',
        'must be the exact name of a namespace, or *',
        '*',
      ),
    )
    .min(1, { error: 'must name at least one namespace, or * for all' })
    .meta({ description: 'Exact names of the namespaces whose pods may claim them, or `"*"` for all.' }),
  communities: z
    .array(
      textAs(
        {
          description: 'A community or a large community, or all that begin with its numbers.',
          examples: ['64600:100', '64600:*', '64600:1:100', '64600:1:*', '64600:*:*'],
          pattern: '^[0-9]+(:[0-9]+:[0-9]+|:[0-9]+:\\*|:\\*:\\*|:[0-9]+|:\\*)$',
        },
        readCommunityPattern,
      ),
    )
    .min(1, { error: 'must not be empty; omit the key' })
    .max(MOST_PATTERNS, { error: `must not have more than ${MOST_PATTERNS} entries` })
    .optional()
    .meta({
      description:
        'Communities that pods may put on these addresses with the annotation `communities`; see docs/pods.md#communities. A `*` stands for every number. What no rule allows is refused. Default: none.',
    }),
});

const FORMS = '64600:100, 64600:*, 64600:1:100, 64600:1:* or 64600:*:*';

/** Reads a community whose last numbers may be `*`. The first is the AS that defines the meaning of the others. */
function readCommunityPattern(text: string): CommunityPattern | Refusal {
  const parts = text.split(':');
  const numbers = parts.map((part) => (part === '*' ? undefined : Number(part)));
  const wellFormed = parts.every((part) => /^(0|[1-9]\d{0,9}|\*)$/.test(part)) && (parts.length | 1) === 3;
  const onlyLast =
    numbers.indexOf(undefined) === -1 || numbers.slice(numbers.indexOf(undefined)).every((n) => n === undefined);
  if (!wellFormed || parts[0] === '*' || !onlyLast) {
    return new Refusal(`must be a community such as ${FORMS}, without leading zeros`);
  }
  const largest = largestIn(parts.length);
  if (numbers.some((number) => number !== undefined && number > largest)) {
    const hint = parts.length === 2 ? '; larger AS numbers need a large community such as 4200000000:1:*' : '';
    return new Refusal(`must have numbers from 0 to ${largest}${hint}`);
  }
  return { text, numbers };
}
