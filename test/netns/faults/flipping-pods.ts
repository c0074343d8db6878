import { setTimeout as pause } from 'node:timers/promises';
import type { FlockNode, LabPod } from '../../lab/node.ts';
import { podManifest } from '../../lab/pod-manifest.ts';

/** Between two flips, in milliseconds: some twenty in a second. */
const FLIP_PAUSE_MS = 45;

interface FlippingPod {
  readonly pod: LabPod;
  readonly addresses: readonly string[];
  ready: boolean;
}

/** Claims of pod number n (from 0): two addresses and one. */
function claimsOf(n: number): string[] {
  return [`192.0.2.${2 * n + 1}`, `192.0.2.${2 * n + 2}`, `2001:db8:ffff::${(n + 1).toString(16)}`];
}

/** Pods that stay ready, and pods whose readiness flips again and again in the order of their numbers. */
export class FlippingPods {
  /** Addresses of the pods that never flip. */
  readonly steady: readonly string[];
  /** How often a manifest was written with another readiness. */
  flips = 0;
  readonly #node: FlockNode;
  readonly #flipping: readonly FlippingPod[];
  #running: Promise<void> | undefined;
  #stopping = false;
  #next = 0;

  private constructor(node: FlockNode, steady: readonly string[], flipping: readonly FlippingPod[]) {
    this.#node = node;
    this.steady = steady;
    this.#flipping = flipping;
  }

  /** Wires all pods, ready from the start. */
  static async start(node: FlockNode, counts: { steady: number; flipping: number }): Promise<FlippingPods> {
    const steady: string[] = [];
    const flipping: FlippingPod[] = [];
    for (let n = 0; n < counts.steady + counts.flipping; n += 1) {
      const addresses = claimsOf(n);
      const annotations = { anycast: addresses.join() };
      const pod = await node.runPod({ name: `load${n}`, annotations, ready: true });
      if (n < counts.steady) steady.push(...addresses);
      else flipping.push({ pod, addresses, ready: true });
    }
    return new FlippingPods(node, steady, flipping);
  }

  /** Addresses of all pods. */
  get all(): string[] {
    return [...this.steady, ...this.#flipping.flatMap(({ addresses }) => addresses)];
  }

  /** Addresses of the pods that are ready by the manifests of now. */
  get ready(): string[] {
    return [...this.steady, ...this.#flipping.flatMap(({ addresses, ready }) => (ready ? addresses : []))];
  }

  /** Begins to flip one pod after the other. */
  begin(): void {
    this.#stopping = false;
    this.#running ??= this.#run();
  }

  /** Ends it; returns when the last manifest is in place. */
  async end(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    this.#running = undefined;
  }

  /** Begins, and returns after so many more flips. */
  async during(flips: number): Promise<void> {
    const until = this.flips + flips;
    this.begin();
    while (this.flips < until) await Promise.race([pause(FLIP_PAUSE_MS), this.#running]);
  }

  /** Makes every pod ready again. */
  async restore(): Promise<void> {
    await this.end();
    for (const flipping of this.#flipping) if (!flipping.ready) await this.#flip(flipping);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const flipping = this.#flipping[this.#next % this.#flipping.length];
      if (flipping === undefined) throw new Error('no pod to flip');
      this.#next += 1;
      await this.#flip(flipping);
      await pause(FLIP_PAUSE_MS);
    }
  }

  async #flip(flipping: FlippingPod): Promise<void> {
    flipping.ready = !flipping.ready;
    this.flips += 1;
    await this.#node.writePod(podManifest({ ...flipping.pod.spec, ready: flipping.ready }));
  }
}
