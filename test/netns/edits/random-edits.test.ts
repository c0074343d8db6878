import { describe, it } from 'vitest';
import { isRoot, Lab } from '../../lab/lab.ts';
import { chosenSeed, createDice } from './dice.ts';
import { editsByChance } from './kinds.ts';
import { lastWords } from './last-words.ts';
import { makeEdit } from './make-edit.ts';
import { Operator } from './operator.ts';
import { backToTheBeginning, expectEverythingWhole } from './the-end.ts';
import { editedWorld } from './world.ts';

/** So many edits in a row. */
const EDITS = Number(process.env.FLOCK_EDITS ?? 200);

/** For all of them, in milliseconds: several times what they take. */
const TIMEOUT_MS = 600_000;

describe.skipIf(!isRoot)('a long row of edits by chance, good and bad, while pods flip (needs root)', () => {
  it(
    'resets no session without announcing it, loses no announcement, keeps the last good configuration, names each place',
    async () => {
      const seed = chosenSeed();
      const dice = createDice(seed);
      await using lab = await Lab.create('edits');
      using world = await editedWorld(lab);
      const flipper = world.startFlipper(createDice(seed + 1));
      const operator = new Operator(world, flipper, dice);
      const first = { desk: operator.desk, inForce: await operator.inForce() };
      const next = editsByChance(dice);
      for (let number = 1; number <= EDITS; number += 1) {
        const edit = next(operator.desk);
        const began = performance.now();
        await makeEdit(operator, edit).catch((cause: unknown) => {
          const { what, file } = edit;
          const place = `FLOCK_EDITS_SEED=${seed}, edit ${number}: ${what} in ${file}`;
          throw new Error(`${place}; ${lastWords(world.node.daemon)}`, { cause });
        });
        if (process.env.FLOCK_EDITS_TRACE)
          console.log(number, edit.what, edit.file, Math.round(performance.now() - began));
      }
      await backToTheBeginning(operator, first.desk);
      await flipper.stop();
      await expectEverythingWhole(operator, first.inForce);
    },
    TIMEOUT_MS,
  );
});
