import { peerProtocol } from '../bird/names.ts';
import { BirdError } from '../bird-control/types.ts';
import { errorText } from '../errors.ts';
import type { EnginePorts, EngineState } from './context.ts';

/**
 * How often BIRD is asked for its sessions, in milliseconds. It is also what tells that BIRD is back, and what frees
 * an UPDATE that 2.0.12 sits on after a session came up.
 */
const POLL_MS = 2_000;
/** Between tries while BIRD does not answer, or does not have all the peers of the configuration, in milliseconds. */
const ABSENT_MS = 250;

/**
 * Keeps `state.peers` true, and notices when BIRD comes (back).
 * @param onBird called each time a connection stands that did not before.
 * @returns ends it.
 */
export function watchPeers(ports: EnginePorts, state: EngineState, onBird: () => void): () => void {
  const { control, log } = ports;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let absent = false;
  let polling = false;
  let greeted = 0;
  let seen = 0;
  const off = control.onConnection((connected) => {
    if (connected) greeted += 1;
    else later(ABSENT_MS);
  });

  async function poll(): Promise<void> {
    try {
      const protocols = await control.showProtocols();
      if (stopped) return;
      state.peers = protocols.filter((protocol) => protocol.type === 'BGP');
      if (absent) log.info({}, 'BIRD answers again');
      absent = false;
      state.problems.delete('bird');
      if (seen !== greeted) onBird();
      seen = greeted;
    } catch (error) {
      if (!(error instanceof BirdError)) throw error;
      if (stopped) return;
      if (!absent) log.warn({ err: errorText(error) }, 'BIRD does not answer');
      absent = true;
      state.peers = [];
      state.problems.set('bird', { code: 'birdUnavailable', message: error.message });
    }
  }

  /** One at a time: a BIRD that hangs must not find a queue of questions when it goes on. */
  async function pollOnce(): Promise<void> {
    if (polling) return;
    polling = true;
    try {
      await poll();
    } catch (error) {
      log.error({ err: error }, 'defect while asking BIRD for its sessions');
    }
    polling = false;
    later(absent || isIncomplete() ? ABSENT_MS : POLL_MS);
  }

  /** Right after a start, or a change of the configuration that BIRD is still to be given. */
  function isIncomplete(): boolean {
    const known = new Set(state.peers.map((peer) => peer.name));
    return state.config.bgp.peers.some((peer) => !known.has(peerProtocol(peer.name)));
  }

  function later(milliseconds: number): void {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(pollOnce, milliseconds).unref();
  }

  later(ABSENT_MS);
  return () => {
    stopped = true;
    clearTimeout(timer);
    off();
  };
}
