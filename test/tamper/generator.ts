import { type Dice, deckOf } from '../netns/edits/dice.ts';
import { type Action, holdOf, type PodFacts } from './action.ts';
import { actionOf, SHARES } from './actions.ts';
import { type Standing, type Step, standsAfter } from './step.ts';

/** A step, and how long the player waits before it, in milliseconds. */
export interface Planned {
  readonly step: Step;
  readonly pauseMs: number;
}

/** How many actions there are between two looks. */
const LEAST_BETWEEN_LOOKS = 2;
const MOST_BETWEEN_LOOKS = 5;
/** How many looks there are between two moments at which the node must be whole. */
const LOOKS_UNTIL_WHOLE = 2;
/** Longest pause between two actions. Often there is none. */
const LONGEST_PAUSE_MS = 1_200;
const WITHOUT_PAUSE_PERCENT = 40;
/** How often something that stands is taken back after an action. */
const UNDO_PERCENT = 30;

/**
 * The steps of a player, without end: actions of all kinds on all pods, some of which are left standing for a while; looks in
 * between, and moments at which all is taken back. The same dice give the same steps.
 */
export function* stepsByChance(dice: Dice, pods: readonly PodFacts[]): Generator<Planned, never> {
  const kinds = SHARES.map(([kind, share]) => ({ next: deckOf(dice, kind), share }));
  const nextKind = deckOf(
    dice,
    kinds.flatMap(({ next, share }) => Array.from({ length: share }, () => next)),
  );
  const pause = (): number => (dice.chance(WITHOUT_PAUSE_PERCENT) ? 0 : dice.between(1, LONGEST_PAUSE_MS));
  let standing: readonly Standing[] = [];
  const give = (step: Step): Planned => {
    standing = standsAfter(standing, step);
    return { step, pauseMs: pause() };
  };
  for (;;) {
    for (let look = 0; look < LOOKS_UNTIL_WHOLE; look += 1) {
      for (let left = dice.between(LEAST_BETWEEN_LOOKS, MOST_BETWEEN_LOOKS); left > 0; left -= 1) {
        yield give(chosen(dice, () => nextKind()(), pods, standing));
        const undoable = standing.filter((one) => canUndo(one, pods, standing));
        if (undoable.length > 0 && dice.chance(UNDO_PERCENT)) yield give({ verb: 'undo', ...dice.pick(undoable) });
      }
      for (const one of standing.filter(({ action }) => actionOf(action).neverSeen))
        yield give({ verb: 'undo', ...one });
      yield give({ verb: 'look' });
    }
    yield give({ verb: 'whole' });
  }
}

/** What ends with ADD waits for a flockd that answers. */
function canUndo({ action, pod }: Standing, pods: readonly PodFacts[], standing: readonly Standing[]): boolean {
  const isAway = standing.some((one) => actionOf(one.action).neverSeen);
  const facts = pods.find(({ name }) => name === pod);
  return (
    !isAway ||
    facts === undefined ||
    !actionOf(action)
      .undo(facts)
      .some((operation) => 'addAgain' in operation)
  );
}

/** The next action that fits what stands. */
function chosen(dice: Dice, next: () => Action, pods: readonly PodFacts[], standing: readonly Standing[]): Step {
  for (;;) {
    const action = next();
    const pod = dice.pick(pods);
    const name = action.ofPod ? pod.name : '';
    if (action.act(pod) === undefined || isHeld(action, name, standing)) continue;
    return { verb: 'do', action: action.name, pod: name };
  }
}

function isHeld(action: Action, pod: string, standing: readonly Standing[]): boolean {
  const hold = holdOf(action, pod);
  return standing.some((one) => holdOf(actionOf(one.action), one.pod) === hold);
}
