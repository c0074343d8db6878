import { BAD_CONFIGURATIONS } from './bad-configuration.ts';
import { BAD_TEMPLATES } from './bad-templates.ts';
import type { Desk } from './desk.ts';
import { type Dice, deckOf } from './dice.ts';
import type { Edit, MakeEdit } from './edit.ts';
import { GOOD_CONFIGURATIONS } from './good-configuration.ts';
import { GOOD_TEMPLATES } from './good-templates.ts';
import { RESETTING } from './resetting.ts';
import { STOPPING } from './stopping.ts';

/** Kinds of edits, and how many of twenty edits are of each. */
const SHARES: readonly (readonly [kinds: readonly MakeEdit[], share: number])[] = [
  [GOOD_TEMPLATES, 5],
  [GOOD_CONFIGURATIONS, 4],
  [BAD_TEMPLATES, 5],
  [BAD_CONFIGURATIONS, 3],
  [RESETTING, 2],
  [STOPPING, 1],
];

/** Gives edits without end, each fitting what is written so far. Every kind comes up as often as its share says. */
export function editsByChance(dice: Dice): (desk: Desk) => Edit {
  const decks = SHARES.map(([kinds, share]) => ({ next: deckOf(dice, kinds), share }));
  const nextDeck = deckOf(
    dice,
    decks.flatMap(({ next, share }) => Array.from({ length: share }, () => next)),
  );
  return (desk) => {
    for (;;) {
      const edit = nextDeck()()(dice, desk);
      if (edit !== undefined) return edit;
    }
  };
}
