import { Lab } from '../../lab/lab.ts';
import { chosenSeed, createDice } from './dice.ts';
import { editsByChance } from './kinds.ts';
import { lastWords } from './last-words.ts';
import { makeEdit } from './make-edit.ts';
import { Operator } from './operator.ts';
import { backToTheBeginning, expectEverythingWhole } from './the-end.ts';
import { editedWorld } from './world.ts';

/**
 * Makes edits by chance, good and bad, while pods flip: each must come to what it says.
 * @param usual how many, unless `FLOCK_EDITS` says otherwise
 * @throws Error that names the seed and the edit
 */
export async function editsInARow(usual: number): Promise<void> {
  const edits = Number(process.env.FLOCK_EDITS ?? usual);
  const seed = chosenSeed();
  const dice = createDice(seed);
  await using lab = await Lab.create('edits');
  using world = await editedWorld(lab);
  const flipper = world.startFlipper(createDice(seed + 1));
  const operator = new Operator(world, flipper, dice);
  const first = { desk: operator.desk, inForce: await operator.inForce() };
  const next = editsByChance(dice);
  for (let number = 1; number <= edits; number += 1) {
    const edit = next(operator.desk);
    const began = performance.now();
    await makeEdit(operator, edit).catch((cause: unknown) => {
      const { what, file } = edit;
      const place = `FLOCK_EDITS_SEED=${seed}, edit ${number}: ${what} in ${file}`;
      throw new Error(`${place}; ${lastWords(world.node.daemon)}`, { cause });
    });
    if (process.env.FLOCK_EDITS_TRACE) console.log(number, edit.what, edit.file, Math.round(performance.now() - began));
  }
  await backToTheBeginning(operator, first.desk);
  await flipper.stop();
  await expectEverythingWhole(operator, first.inForce);
}
