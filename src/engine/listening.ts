import type { PodSource } from '../pods/types.ts';
import type { EnginePorts, EngineState, ReplaceablePorts } from './context.ts';
import { type BirdEars, watchPeers } from './peers.ts';

/** Whom the engine tells what it has heard. */
export interface Ears extends BirdEars {
  onPods(): void;
}

/** The way to a BIRD. */
export type BirdPorts = Pick<ReplaceablePorts, 'control' | 'publisher'>;

/** The engine's ears on the ports that can be replaced. */
export interface Listening {
  start(): void;
  /** Speaks with another BIRD from now on; the way to the old one is closed. */
  replaceBird(next: BirdPorts): void;
  /** Listens to another source, which has been started. @returns the old one, which nobody listens to any more. */
  replaceSource(next: PodSource): PodSource;
  stop(): void;
}

export function createListening(ports: EnginePorts, state: EngineState, ears: Ears): Listening {
  let leaveSource = () => {};
  let leaveBird = () => {};

  function listenToSource(): void {
    leaveSource();
    leaveSource = ports.source.onChange(ears.onPods);
  }

  function listenToBird(): void {
    leaveBird();
    leaveBird = watchPeers(ports, state, ears);
  }

  return {
    start() {
      listenToSource();
      listenToBird();
    },
    replaceBird({ control, publisher }) {
      const old = ports.control;
      ports.control = control;
      ports.publisher = publisher;
      listenToBird();
      old.close();
    },
    replaceSource(next) {
      const old = ports.source;
      ports.source = next;
      listenToSource();
      return old;
    },
    stop() {
      leaveSource();
      leaveBird();
    },
  };
}
