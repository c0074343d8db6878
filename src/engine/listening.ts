import type { EnginePorts, EngineState, ReplaceablePorts } from './context.ts';
import { watchPeers } from './peers.ts';

/** Whom the engine tells what it has heard. */
export interface Ears {
  onPods(): void;
  /** BIRD answers that did not before: what it has must be doubted. */
  onBird(): void;
}

/** The engine's ears on the ports that can be replaced. */
export interface Listening {
  start(): void;
  /** Puts new ports in place of the old ones, which end. */
  replace(next: Partial<ReplaceablePorts>): Promise<void>;
  stop(): void;
}

export function createListening(ports: EnginePorts, state: EngineState, ears: Ears): Listening {
  let leaveSource = () => {};
  let leaveBird = () => {};

  function listenToSource(): void {
    leaveSource = ports.source.onChange(ears.onPods);
  }

  function listenToBird(): void {
    leaveBird = watchPeers(ports, state, ears.onBird);
  }

  return {
    start() {
      listenToSource();
      listenToBird();
    },
    async replace({ control, publisher, source }) {
      if (control !== undefined && publisher !== undefined) {
        leaveBird();
        ports.control.close();
        ports.control = control;
        ports.publisher = publisher;
        listenToBird();
      }
      if (source !== undefined) {
        await source.start();
        leaveSource();
        const old = ports.source;
        ports.source = source;
        listenToSource();
        await old.stop();
      }
    },
    stop() {
      leaveSource();
      leaveBird();
    },
  };
}
