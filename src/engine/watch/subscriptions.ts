import type { PodSource } from '../../pods/pod-source.ts';
import type { EnginePorts, EngineState, ReplaceablePorts } from '../context.ts';
import type { BirdSight } from './bird-sight.ts';
import { type BirdEars, type PeerWatch, watchPeers } from './peers.ts';

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
  /** BIRD has been given something: where it lacked what was announced, it is looked at soon. */
  onPublished(): void;
  stop(): void;
}

export function createListening(ports: EnginePorts, state: EngineState, sight: BirdSight, ears: Ears): Listening {
  let leaveSource = () => {};
  let birdWatch: PeerWatch | undefined;

  function listenToSource(): void {
    leaveSource();
    leaveSource = ports.source.onChange(ears.onPods);
  }

  function listenToBird(): void {
    birdWatch?.stop();
    birdWatch = watchPeers(ports, state, sight, ears);
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
      sight.forget('another BIRD is asked');
      listenToBird();
      old.close();
    },
    replaceSource(next) {
      const old = ports.source;
      ports.source = next;
      listenToSource();
      return old;
    },
    onPublished() {
      if (sight.isShort) birdWatch?.lookSoon();
    },
    stop() {
      leaveSource();
      birdWatch?.stop();
    },
  };
}
