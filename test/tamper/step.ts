import { actionOf } from './actions.ts';

/** One step of a play. `pod` is empty for what concerns the node. */
export type Step =
  | { readonly verb: 'do' | 'undo'; readonly action: string; readonly pod: string }
  /** Everything that stands is taken back, and the node must be whole again by itself. */
  | { readonly verb: 'whole' }
  /** A look at what is announced, with whatever stands. */
  | { readonly verb: 'look' };

/** A step and when it began, in seconds from the beginning of the play. */
export interface Played {
  readonly at: number;
  readonly step: Step;
  /** What went otherwise than usual: a command that failed. Empty when nothing did. */
  readonly note: string;
}

/** An action that was done and not taken back. */
export interface Standing {
  readonly action: string;
  readonly pod: string;
}

/** What stands after a step. Only an action that has to be taken back does. */
export function standsAfter(standing: readonly Standing[], step: Step): readonly Standing[] {
  switch (step.verb) {
    case 'do':
      return actionOf(step.action).stands ? [...standing, { action: step.action, pod: step.pod }] : standing;
    case 'undo':
      return standing.filter(({ action, pod }) => action !== step.action || pod !== step.pod);
    case 'whole':
      return [];
    case 'look':
      return standing;
  }
}

/** Holds whose actions are taken back first, in this order: a service cannot start while its files are broken. */
const FIRST_TAKEN_BACK = ['bird.conf', 'state', 'flock.yaml', 'bird'];

/** What a pod's own end holds: ADD puts it right, which needs the host's end as flockd knows it. */
const LAST_TAKEN_BACK = 'pod';

/** What stands, in the order in which all of it is taken back: files, services, the rest, pods; the latest first. */
export function takenBack(standing: readonly Standing[]): Standing[] {
  const rank = ({ action }: Standing): number => {
    const { holds } = actionOf(action);
    const at = FIRST_TAKEN_BACK.indexOf(holds);
    return at === -1 ? FIRST_TAKEN_BACK.length + (holds === LAST_TAKEN_BACK ? 1 : 0) : at;
  };
  return standing.toReversed().sort((one, other) => rank(one) - rank(other));
}

/** The line of a history for one step: `12.3 do host-end-down web1`. */
export function lineOf({ at, step, note }: Played): string {
  const words = 'action' in step ? [step.verb, step.action, step.pod] : [step.verb];
  const line = `${at.toFixed(1).padStart(7)} ${words.filter((word) => word !== '').join(' ')}`;
  return note === '' ? line : `${line}    # ${note.replaceAll('\n', ' ')}`;
}

/**
 * Reads a history as {@link lineOf} writes it; empty lines, and what follows a `#`, count for nothing.
 * @throws Error with the line that cannot be read
 */
export function parseHistory(text: string): Played[] {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return lines.filter((line) => line !== '').map(parseLine);
}

function parseLine(line: string): Played {
  const [seconds = '', verb = '', action = '', pod = '', ...rest] = line.split(/\s+/);
  const at = Number(seconds);
  const fail = (why: string): Error => new Error(`cannot read the line "${line}" of the history: ${why}`);
  if (!Number.isFinite(at) || rest.length > 0) throw fail('it must be: seconds, verb, action, pod');
  if (verb === 'look' || verb === 'whole') return { at, step: { verb }, note: '' };
  if (verb !== 'do' && verb !== 'undo') throw fail('the verb must be do, undo, look or whole');
  if (actionOf(action).ofPod !== (pod !== '')) throw fail(pod === '' ? 'the pod is missing' : 'it is about no pod');
  return { at, step: { verb, action, pod }, note: '' };
}
