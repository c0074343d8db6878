import { setTimeout as pause } from 'node:timers/promises';
import type { PodFacts } from './action.ts';
import { actionOf } from './actions.ts';
import type { Planned } from './generator.ts';
import { breaches, flaws, type Look, remedies } from './law.ts';
import { lookAround } from './look.ts';
import { perform } from './perform.ts';
import { lineOf, type Played, type Standing, type Step, standsAfter, takenBack } from './step.ts';
import type { TamperedWorld } from './world.ts';

/**
 * How long the node may take until what is announced answers, or a problem says why not, in milliseconds. Far above what
 * it takes (2 s for what the kernel does not tell of), for a machine that is busy.
 */
const REST_MS = 20_000;
/** How long it may take until it is whole again when nothing stands, in milliseconds. */
const WHOLE_MS = 60_000;
const LOOK_AGAIN_MS = 250;

/** A play that found something that must not be. The message has all that is needed to see it again. */
export class Breach extends Error {
  override readonly name = 'Breach';
}

/** A player at work, who writes down what they do. */
export class Player {
  readonly history: Played[] = [];
  readonly #world: TamperedWorld;
  readonly #began = performance.now();
  #standing: readonly Standing[] = [];

  constructor(world: TamperedWorld) {
    this.#world = world;
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1_000;
  }

  /** Does steps until there are no more, or, after the node has been whole, the time is over. @throws Breach */
  async play(steps: Iterable<Planned>, seconds: number): Promise<void> {
    for (const { step, pauseMs } of steps) {
      await pause(pauseMs);
      await this.#step(step);
      if (step.verb === 'whole' && this.seconds >= seconds) return;
    }
  }

  async #step(step: Step): Promise<void> {
    const at = this.seconds;
    this.history.push({ at, step, note: '' });
    try {
      const note = await this.#carryOut(step);
      this.history.splice(-1, 1, { at, step, note });
    } catch (cause) {
      if (cause instanceof Breach) throw cause;
      throw this.#breach(`at the last step: ${String(cause)}`, cause);
    }
    this.#standing = standsAfter(this.#standing, step);
  }

  async #carryOut(step: Step): Promise<string> {
    switch (step.verb) {
      case 'do':
        return perform(this.#world, actionOf(step.action).act(this.#pod(step.pod)) ?? []);
      case 'undo':
        return perform(this.#world, actionOf(step.action).undo(this.#pod(step.pod)));
      case 'look': {
        const causes = this.#standing.flatMap(({ action }) => actionOf(action).causes);
        return this.#holds(REST_MS, (look) => breaches(look, causes));
      }
      case 'whole': {
        const notes: string[] = [];
        for (const { action, pod } of takenBack(this.#standing))
          notes.push(await perform(this.#world, actionOf(action).undo(this.#pod(pod))));
        notes.push(await this.#holds(WHOLE_MS, (look) => flaws(look, this.#world.whole), remedies));
        return notes.filter((note) => note !== '').join('; ');
      }
    }
  }

  /**
   * Looks until nothing is to be said against what is seen.
   * @param remedy the line that an operator types who reads what is seen
   * @returns how long that took
   */
  async #holds(patienceMs: number, judge: (look: Look) => string[], remedy = (_look: Look) => 'true'): Promise<string> {
    const { keeper, node } = this.#world;
    const began = performance.now();
    for (;;) {
      // A daemon that does not answer is a breach as any other, once it lasts.
      const look = await lookAround(this.#world).catch((error: unknown) => `nothing to be seen: ${String(error)}`);
      const found = typeof look === 'string' ? [look] : judge(look);
      const took = performance.now() - began;
      if (found.length === 0) return `held after ${(took / 1_000).toFixed(1)} s`;
      if (took >= patienceMs) throw this.#breach(`after ${(took / 1_000).toFixed(1)} s:\n${found.join('\n')}`);
      if (typeof look !== 'string') await keeper.type(node.namespace, remedy(look));
      await pause(LOOK_AGAIN_MS);
    }
  }

  /** The pod of a name; for what concerns the node, whichever. */
  #pod(name: string): PodFacts {
    const pod = this.#world.facts.find((one) => name === '' || one.name === name);
    if (pod === undefined) throw new Error(`there is no pod ${name}`);
    return pod;
  }

  #breach(what: string, cause?: unknown): Breach {
    const { flockd, bird } = this.#world.services;
    const parts = [
      what,
      `What was done, in seconds; FLOCK_TAMPER_HISTORY=FILE does it again:\n${this.history.map(lineOf).join('\n')}`,
      flockd.lastWords(),
      bird.lastWords(),
    ];
    return new Breach(parts.join('\n\n'), { cause });
  }
}
