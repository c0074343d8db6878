import { expect } from 'vitest';
import { CONFIG, type Edit, type Expected } from './edit.ts';
import { HARMLESS } from './good-templates.ts';
import type { InForce, Operator } from './operator.ts';
import { comesIntoForce, isRefused, isStopped } from './outcomes.ts';
import { previewOfStaged, sessionsReset } from './staged.ts';
import { comesBack, isHeldBack, isTakenBack, isUndone } from './waits.ts';

/** How many in a hundred are left broken, or waiting, until the routers have seen pods come and go. */
const LEFT_FOR_A_WHILE = 20;
/** How many in a hundred of them see another file saved before they are put back. */
const ANOTHER_MEANWHILE = 15;
/** How many in a hundred of those that come into force by themselves are previewed first; of the others, all. */
const PREVIEWED = 15;
/** How many in a hundred of the changes that wait get the permission. */
const PERMITTED = 40;

/**
 * Saves one edit, and sees that exactly that comes of it which must. What does not come into force is put back
 * afterwards, so that the next edit finds everything right.
 */
export async function makeEdit(operator: Operator, edit: Edit): Promise<void> {
  const { expected, file } = edit;
  const before = await operator.inForce();
  await isAnnounced(operator, edit);
  await operator.save(file, edit.content);
  switch (expected.outcome) {
    case 'applied':
      await comesIntoForce(operator, edit, expected);
      await operator.allIsWell();
      operator.desk = edit.desk ?? operator.desk;
      break;
    case 'refused':
      await isRefused(operator, edit, expected);
      await isWithoutEffect(operator, edit, before);
      break;
    case 'undone':
      await isStopped(operator, edit, expected);
      await isWithoutEffect(operator, edit, before);
      break;
    case 'waits':
      await isHeldBack(operator, expected.resets, before);
      if (operator.dice.chance(PERMITTED)) await isAllowed(operator, edit, expected, before);
      else await isWithoutEffect(operator, edit, before);
  }
  operator.judge();
}

/** The preview says before anything is saved which sessions the edit resets: those that it must, and no others. */
async function isAnnounced(operator: Operator, edit: Edit): Promise<void> {
  const { expected } = edit;
  const asked = expected.outcome === 'waits' || (expected.outcome === 'applied' && operator.dice.chance(PREVIEWED));
  if (!asked) return;
  const sessions = expected.outcome === 'waits' ? operator.sessionsWith(expected.resets) : [];
  expect(sessionsReset(await previewOfStaged(operator, edit)), 'sessions that flockctl announces').toEqual(sessions);
}

/** The last good configuration is in force now, also after pods have come and gone, and when the file is put back. */
async function isWithoutEffect(operator: Operator, edit: Edit, before: InForce): Promise<void> {
  if (operator.dice.chance(ANOTHER_MEANWHILE)) return anotherMeanwhile(operator, edit, before);
  if (operator.dice.chance(LEFT_FOR_A_WHILE)) await operator.flipper.round();
  await operator.expectInForce(before);
  await operator.putBack(edit.file);
  await operator.expectInForce(before);
}

/**
 * Another file is saved, which is right, before the one that is not in force is put back. A template comes into force beside
 * a configuration that cannot be read; all else is judged as a whole, and comes into force when that is right as a whole.
 */
async function anotherMeanwhile(operator: Operator, { file, expected }: Edit, before: InForce): Promise<void> {
  const other = operator.dice.pick(HARMLESS)(operator.dice, operator.desk);
  if (other?.expected.outcome !== 'applied' || other.file === file) return operator.putBack(file);
  await operator.save(other.file, other.content);
  if (file === CONFIG && expected.outcome === 'refused') await comesIntoForce(operator, other, other.expected);
  else {
    await operator.flipper.round();
    await operator.expectInForce(before);
  }
  await operator.putBack(file);
  await comesIntoForce(operator, other, other.expected);
  await operator.allIsWell();
  operator.desk = other.desk ?? operator.desk;
}

async function isAllowed(
  operator: Operator,
  edit: Edit,
  expected: Extract<Expected, { outcome: 'waits' }>,
  before: InForce,
): Promise<void> {
  if (expected.after === 'isUndone') {
    await isUndone(operator, expected, before);
    await isWithoutEffect(operator, edit, before);
    return;
  }
  await comesBack(operator, edit, expected);
  if (expected.briefly === undefined) operator.desk = edit.desk ?? operator.desk;
  else await isTakenBack(operator, edit, expected);
}
