import type { BirdControl } from '../bird-control/types.ts';
import type { PodSource } from '../pods/pod-source.ts';
import type { BirdPorts, EnginePorts, ReplaceablePorts } from './context.ts';

/**
 * The ports that a change of the configuration replaces, that are in force now. What was passed in stays as it is; the
 * parts of the engine have `ports`, which always answers with the ones in force.
 */
export class CurrentPorts {
  readonly ports: EnginePorts;
  #current: ReplaceablePorts;

  constructor({ kernel, store, log, now, random, source, publisher, control }: EnginePorts) {
    this.#current = { source, publisher, control };
    const current = () => this.#current;
    this.ports = {
      ...{ kernel, store, log, now, random },
      get source() {
        return current().source;
      },
      get publisher() {
        return current().publisher;
      },
      get control() {
        return current().control;
      },
    };
  }

  /** Puts another BIRD in force. @returns the client of the old one, which is still open. */
  replaceBird({ control, publisher }: BirdPorts): BirdControl {
    const old = this.#current.control;
    this.#current = { ...this.#current, control, publisher };
    return old;
  }

  /** Puts another pod source in force, which has been started. @returns the old one, which still runs. */
  replaceSource(source: PodSource): PodSource {
    const old = this.#current.source;
    this.#current = { ...this.#current, source };
    return old;
  }
}
