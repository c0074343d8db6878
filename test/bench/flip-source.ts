import { type PodRef, podId } from '../../src/model/attachment.ts';
import type { Pod, PodSnapshot, PodSource, Readiness } from '../../src/pods/pod-source.ts';

/** A pod source whose readiness is set from outside: the benchmark's way into the engine, without files or probes. */
export class SwitchedSource implements PodSource {
  readonly #pods = new Map<string, Pod>();
  readonly #ready = new Map<string, boolean>();
  readonly #listeners = new Set<() => void>();

  constructor(names: readonly string[]) {
    for (const name of names) {
      const pod: Pod = { namespace: 'default', name, annotations: new Map(), app: name, image: '' };
      this.#pods.set(podId(pod), pod);
      this.#ready.set(podId(pod), true);
    }
  }

  /** Makes a pod ready or not, and tells the engine in the same turn. */
  switch(name: string, ready: boolean): void {
    this.#ready.set(`default/${name}`, ready);
    for (const listener of this.#listeners) listener();
  }

  snapshot(): PodSnapshot {
    return { synced: true, pods: this.#pods, problems: [] };
  }

  readiness(pod: PodRef): Readiness | undefined {
    const ready = this.#ready.get(podId(pod));
    if (ready === undefined) return undefined;
    return ready ? { ready } : { ready, reason: 'notReady', message: 'switched off' };
  }

  async lookup(pod: PodRef): Promise<Pod | undefined> {
    return this.#pods.get(podId(pod));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(): Promise<void> {}
  setWired(): void {}
  async stop(): Promise<void> {}
}
