import { expect, it } from 'vitest';
import { LONGEST_SETTLE_MS, nextSight, SETTLE_MS, type Sight, settlesAt } from '../../../src/files/settling.ts';

/** The sight after looks at these times. */
function sightOf(...looks: readonly (readonly [string, number])[]): Sight {
  let sight: Sight | undefined;
  for (const [what, now] of looks) sight = nextSight(sight, what, now);
  if (sight === undefined) throw new Error('no look');
  return sight;
}

it('what is seen settles a while after it was seen first', () => {
  expect(settlesAt(sightOf(['a', 10]))).toBe(10 + SETTLE_MS);
  expect(settlesAt(sightOf(['a', 10], ['a', 100]))).toBe(10 + SETTLE_MS);
});

it('each change begins again', () => {
  expect(settlesAt(sightOf(['a', 10], ['b', 100], ['a', 200]))).toBe(200 + SETTLE_MS);
});

it('but not for ever', () => {
  const looks = Array.from({ length: 30 }, (_, n) => [`${n}`, n * 100] as const);
  expect(settlesAt(sightOf(...looks.slice(0, 20)))).toBe(LONGEST_SETTLE_MS);
  expect(settlesAt(sightOf(...looks))).toBe(2_900);
});
