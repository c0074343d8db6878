import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect, Question } from '../../src/bird/publish/machine/effects.ts';
import { MachineWorld, nameOf } from '../unit/bird/publish/publish-machine-world.ts';

/** Texts by what they do when BIRD is given them: see `MachineWorld`. */
const NAMES = ['one', 'two', 'resets', 'resets otherwise', 'BROKEN', 'cuts', 'filters loses', 'loses', 'kills'];

/** True once in so many times. */
const oneIn = (times: number) => fc.integer({ min: 1, max: times }).map((number) => number === 1);

/** What comes while a question waits for its answer. */
const interruptions = fc.constantFrom('permit', 'birdChanged', undefined);

const publishes = fc.record({
  do: fc.constant('publish' as const),
  name: fc.option(fc.constantFrom(...NAMES), { nil: undefined }),
  announce: fc.constantFrom('a', 'b'),
  /** Whether the operator has edited something since the publish before. */
  isEdit: oneIn(4),
  allowSessionReset: oneIn(4),
  interruptions: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(interruptions, { maxLength: 6 }) },
  ),
});

const actions = fc.oneof(
  { weight: 6, arbitrary: publishes },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 100, 500, 31_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('permit' as const), reset: fc.boolean(), withdraw: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      what: fc.constantFrom('birdChanged', 'session', 'bird', 'displaced', 'edited', 'disk', 'diskWorks'),
      question: fc.constantFrom<Question['kind']>(
        ...(['keepEdits', 'recover', 'publishAnnouncements', 'judge', 'putInPlace', 'takeBack', 'removeNote'] as const),
      ),
    }),
  },
);

type Action = typeof actions extends fc.Arbitrary<infer T> ? T : never;

/** A world to which anything may happen, and what has to hold all the time. */
class WatchedWorld {
  readonly world = new MachineWorld();
  edition = 1;
  allowed = false;
  /** The text that was held back when a person last permitted something, until a publish comes. */
  permitted: string | undefined;
  /** What this publish was permitted. */
  serving: string | undefined;
  /** The edition in which each text was last wanted, and the one in which it was undone. */
  readonly wanted = new Map<string, number>();
  readonly undone = new Map<string, number | undefined>();
  /** What was asked in this publish. */
  asked: Effect[] = [];

  constructor() {
    this.world.onEffect = (effect) => this.#check(effect);
  }

  #check(effect: Effect): void {
    this.asked.push(effect);
    if (effect.kind === 'putInPlace') this.#putInPlace(nameOf(effect.files.config));
    if (effect.kind === 'keepRefused' && effect.state === 'undone') {
      const name = nameOf(effect.files.config);
      this.undone.set(name, this.wanted.get(name));
    }
  }

  #putInPlace(name: string): void {
    const isPermitted = this.serving === name;
    const before = this.world.state.turn;
    // A permission serves one text, and one publish.
    const { isUp, isBirdThere } = this.world;
    const costs = name.startsWith('resets') || name === 'kills';
    const isCompared = before?.of === 'publish' && before.change?.live !== undefined;
    if (costs && isCompared && isUp && isBirdThere && !this.allowed) expect([name, isPermitted]).toEqual([name, true]);
    // Nothing undone comes back by itself.
    if (!isPermitted) expect([name, this.undone.get(name)]).not.toEqual([name, this.edition]);
  }

  do(action: Action): void {
    const { world } = this;
    if (action.do === 'publish') {
      this.#publish(action);
      return;
    }
    this.asked = [];
    this.serving = undefined;
    if (action.do === 'wait') {
      world.wait(action.ms);
    } else if (action.do === 'permit') {
      world.permit(action);
      this.permitted = this.#held();
    } else if (action.what === 'birdChanged') {
      world.send({ kind: 'birdChanged' });
    } else if (action.what === 'session') {
      world.isUp = !world.isUp;
    } else if (action.what === 'bird') {
      world.isBirdThere = !world.isBirdThere;
    } else if (action.what === 'displaced') {
      world.isDisplaced = true;
    } else if (action.what === 'edited') {
      world.edited = { config: true, announcements: false };
    } else if (action.what === 'disk') {
      world.refusing.add(action.question);
    } else {
      world.refusing.clear();
    }
  }

  #held(): string | undefined {
    const { held } = this.world.state;
    return held === undefined ? undefined : nameOf(held.config);
  }

  #publish({ name, announce, isEdit, allowSessionReset, interruptions: coming }: Action & { do: 'publish' }): void {
    const { world } = this;
    const [trial, held, isWell] = [world.state.trial, this.#held(), world.refusing.size === 0];
    if (isEdit) this.edition += 1;
    if (name !== undefined) this.wanted.set(name, this.edition);
    this.allowed = allowSessionReset;
    this.serving = this.permitted;
    this.permitted = undefined;
    this.asked = [];
    const queue = [...coming];
    world.meanwhile = () => {
      const next = queue.shift();
      if (next === 'birdChanged') world.interrupt({ kind: 'birdChanged' });
      if (next !== 'permit') return;
      world.interrupt({ kind: 'permit', permission: { reset: true, withdraw: true } });
      this.permitted = this.#held();
    };
    const live = world.place;
    world.publish(name, { announce, edition: this.edition, rules: { allowSessionReset } });
    world.meanwhile = () => {};
    expect(world.answers.splice(0)).toHaveLength(1);
    expect(world.state.turn).toBeUndefined();
    // A newer text is never blocked by an older one: it is judged, unless an older one is about to be proven or the disk is ill.
    const isNewer = name !== undefined && name !== live && name !== held && !this.undone.has(name);
    const givesWay = trial === undefined || (isEdit && trial.goodSince === undefined);
    if (isNewer && givesWay && isWell && name !== nameOf(trial?.files.config ?? '\n')) {
      const judged = this.asked.some((effect) => effect.kind === 'judge' && nameOf(effect.files.config) === name);
      expect([name, judged || world.place === name]).toEqual([name, true]);
    }
  }

  /** From here on nothing fails, and nobody interferes. */
  calm(): void {
    Object.assign(this.world, { isBirdThere: true, isUp: true, isDisplaced: false });
    this.world.refusing.clear();
  }
}

describe('the publish machine, whatever happens', () => {
  it('serves one text with a permission, blocks no newer text, brings nothing undone back, and ends every trial', () => {
    fc.assert(
      fc.property(fc.array(actions, { minLength: 1, maxLength: 40, size: 'max' }), (history) => {
        const watched = new WatchedWorld();
        for (const action of history) watched.do(action);
        watched.calm();
        // The time that sessions have, the one that they have again after somebody else's configure, and the tries in between.
        watched.world.wait(2 * 30_000 + 2_000);
        expect(watched.world.state.trial).toBeUndefined();
        expect(watched.world.wakeAt).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });
});
