import type { PodSource } from '../../pods/pod-source.ts';
import type { BirdPorts, EngineState } from '../context.ts';
import type { CurrentPorts } from '../current-ports.ts';
import type { BirdObserver } from './bird-observer.ts';
import { type BirdListener, type BirdWatch, watchBird } from './bird-watch.ts';

/** What is called when a port reports something. */
interface PortListener extends BirdListener {
  /** What the pod source knows has changed. */
  onPods(): void;
}

/** The engine's subscriptions to the ports that can be replaced: they follow the replacement. */
export interface Subscriptions {
  start(): void;
  /** Talks to another BIRD from now on; the connection to the old one is closed. */
  replaceBird(next: BirdPorts): void;
  /** Follows another source, which has been started. @returns the old one, to which nothing subscribes any more. */
  replaceSource(next: PodSource): PodSource;
  /** BIRD has been given something: where it lacked what was announced, it is asked soon. */
  onPublished(): void;
  stop(): void;
}

export function createSubscriptions(
  current: CurrentPorts,
  state: EngineState,
  bird: BirdObserver,
  listener: PortListener,
): Subscriptions {
  const { ports } = current;
  let leaveSource = () => {};
  let birdWatch: BirdWatch | undefined;

  function subscribeToSource(): void {
    leaveSource();
    leaveSource = ports.source.onChange(listener.onPods);
  }

  function subscribeToBird(): void {
    birdWatch?.stop();
    birdWatch = watchBird(ports, state, bird, listener);
  }

  return {
    start() {
      subscribeToSource();
      subscribeToBird();
    },
    replaceBird(next) {
      const old = current.replaceBird(next);
      bird.forget('another BIRD is asked');
      subscribeToBird();
      old.close();
    },
    replaceSource(next) {
      const old = current.replaceSource(next);
      subscribeToSource();
      return old;
    },
    onPublished() {
      if (bird.isShort) birdWatch?.pollSoon();
    },
    stop() {
      leaveSource();
      birdWatch?.stop();
    },
  };
}
