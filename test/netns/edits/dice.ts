/** Chance that can be had again: the same seed gives the same throws. */
export interface Dice {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** True in so many of a hundred throws. */
  chance(percent: number): boolean;
  /** The list in another order. */
  shuffle<T>(list: readonly T[]): T[];
}

/** A throw of numbers from 0 to 2^32 - 1: mulberry32, the usual small generator with 32 bits of state. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** Dice that fall as the seed says. */
export function createDice(seed: number): Dice {
  const next = generator(seed);
  const between = (least: number, most: number): number => least + (next() % (most - least + 1));
  return {
    between,
    pick: (list) => {
      const picked = list[between(0, list.length - 1)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
    chance: (percent) => between(1, 100) <= percent,
    shuffle: (list) =>
      list
        .map((item) => ({ item, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item),
  };
}

/** Gives the items of a list again and again, each as often as the others, in an order that the dice choose anew each time. */
export function deckOf<T>(dice: Dice, items: readonly T[]): () => T {
  let left: T[] = [];
  return () => {
    if (left.length === 0) left = dice.shuffle(items);
    const item = left.pop();
    if (item === undefined) throw new Error('an empty deck');
    return item;
  };
}

/** What a run without a wish begins with: whoever runs the tests for their own change should not meet somebody else's. */
const USUAL_SEED = 7_919;

/** The seed of this run: the one that the environment names, or a new one for `random`. A failure names it. */
export function chosenSeed(): number {
  const { FLOCK_EDITS_SEED: given = '' } = process.env;
  if (given === '') return USUAL_SEED;
  if (given === 'random') return Math.floor(Math.random() * 2 ** 32);
  const seed = Number(given);
  if (!Number.isInteger(seed)) throw new Error(`FLOCK_EDITS_SEED must be a whole number or random, not ${given}`);
  return seed;
}
