import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../lab/lab.ts';
import type { FlockNode } from '../../lab/node.ts';
import { type PodSpec, podManifest } from '../../lab/pod-manifest.ts';
import type { Dice } from './dice.ts';
import type { Ledger } from './ledger.ts';
import type { Observer } from './observer.ts';

/** A pod that becomes ready and unready, and the prefixes that come and go with it. */
export interface FlippingPod {
  readonly spec: PodSpec;
  readonly prefixes: readonly string[];
}

/** How long the routers may take to see a flip, in milliseconds: far above what it takes, far below forever. */
const FLIP_MS = 15_000;

/** How often a paused one looks whether it may go on, in milliseconds. */
const LOOK_MS = 10;

/**
 * Rewrites the Ready condition of pods without end, one to all of them at a time, and waits each time until the routers
 * see it: those whose session may not be down just now. So it also proves that addresses come and go, whatever happens to
 * the configuration meanwhile.
 */
export class Flipper {
  /** Rounds that the routers have seen. */
  rounds = 0;
  readonly #node: FlockNode;
  readonly #ledger: Ledger;
  readonly #observer: Observer;
  readonly #dice: Dice;
  readonly #ready: Map<FlippingPod, boolean>;
  readonly #end: Promise<void>;
  #stopped = false;
  #paused = false;
  #idle = false;
  #failure: Error | undefined;

  constructor(
    node: FlockNode,
    pods: readonly FlippingPod[],
    watched: { ledger: Ledger; observer: Observer },
    dice: Dice,
  ) {
    this.#node = node;
    this.#ledger = watched.ledger;
    this.#observer = watched.observer;
    this.#dice = dice;
    this.#ready = new Map(pods.map((pod) => [pod, true]));
    this.#end = this.#run().catch((error: unknown) => {
      this.#failure = new Error('a flip did not reach the routers', { cause: error });
    });
  }

  /** @throws Error when a flip has not reached the routers. */
  judge(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits for one whole round that begins after this call: what was announced and withdrawn has arrived. */
  async round(): Promise<void> {
    const wanted = this.rounds + 2;
    await eventually(
      () => this.#failure !== undefined || this.rounds >= wanted,
      'the routers see pods become ready and unready',
      3 * FLIP_MS,
    );
    this.judge();
  }

  /** Flips no more for a while; returns when the routers have seen the last flip. */
  async pause(): Promise<void> {
    this.#paused = true;
    await eventually(() => this.#failure !== undefined || this.#idle, 'the routers see the last flip', FLIP_MS);
    this.judge();
  }

  goOn(): void {
    this.#paused = false;
  }

  /** Makes all pods ready, waits until the routers see it, and ends. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#end;
    this.judge();
    await this.#flip([...this.#ready].filter(([, ready]) => !ready).map(([pod]) => pod));
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#idle = this.#paused;
      if (this.#idle) {
        await pause(LOOK_MS);
        continue;
      }
      const pods = this.#dice.shuffle([...this.#ready.keys()]);
      await this.#flip(pods.slice(0, this.#dice.between(1, pods.length)));
      this.rounds += 1;
      await pause(this.#dice.between(10, 100));
    }
  }

  async #flip(pods: readonly FlippingPod[]): Promise<void> {
    for (const pod of pods) {
      const ready = this.#ready.get(pod) !== true;
      this.#ready.set(pod, ready);
      this.#ledger.set(pod.prefixes, ready ? 'arriving' : 'leaving');
      await this.#node.writePod(podManifest({ ...pod.spec, ready }));
    }
    await eventually(
      () => {
        const late = pods.flatMap((pod) => this.#late(pod));
        if (late.length > 0) throw new Error(late.join('; '));
        return true;
      },
      'the routers see the flip',
      FLIP_MS,
    );
    for (const pod of pods) this.#ledger.set(pod.prefixes, this.#ready.get(pod) === true ? 'present' : 'absent');
  }

  /** What the routers that must see it have not seen yet. */
  #late(pod: FlippingPod): string[] {
    const ready = this.#ready.get(pod) === true;
    return this.#observer
      .awaited()
      .flatMap((router) =>
        pod.prefixes
          .filter((prefix) => this.#observer.has(router, prefix) !== ready)
          .map((prefix) => `${router} ${ready ? 'has no' : 'still has'} ${prefix}`),
      );
  }
}
