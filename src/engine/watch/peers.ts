import { peerProtocol } from '../../bird/names.ts';
import { isEstablished } from '../../bird-control/running.ts';
import { BirdError, type ProtocolStatus } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { BirdSight } from './bird-sight.ts';

/**
 * How often BIRD is asked for its sessions, in milliseconds. It is also what tells that BIRD is back, and what frees
 * an UPDATE that 2.0.12 sits on after a session came up.
 */
const POLL_MS = 2_000;
/** Between tries while BIRD does not answer, lacks peers of the configuration, or brings its sessions up, in milliseconds. */
const SOON_MS = 250;
/** How many times in a row BIRD is asked so soon after it has come: ten seconds, by when a router that is there has answered. */
const POLLS_AFTER_COMING = 40;
/** The same after a session came up: the first UPDATEs are out by then, also from a BIRD that has to be woken for it. */
const POLLS_AFTER_SESSION = 4;

/** Whom the watch tells. */
export interface BirdEars {
  /** The connection to BIRD broke. Whoever answers next may be another one: what it has must be doubted. */
  onBirdLost(): void;
  /** BIRD answers over a new connection, and has been given no `configure` over it yet. */
  onBird(): void;
  /** Somebody else has reconfigured BIRD: it may run something else than what lies on the disk. */
  onDisplaced(): void;
  /** What is seen of BIRD has changed. */
  onSeen(): void;
}

/** A watch on BIRD. */
export interface PeerWatch {
  /** What BIRD has may have changed: it is looked at soon. */
  lookSoon(): void;
  stop(): void;
}

/** Keeps `state.peers` and what is seen of BIRD true, and notices when BIRD goes and comes (back). */
export function watchPeers(
  ports: EnginePorts,
  state: EngineState,
  sight: Pick<BirdSight, 'see' | 'forget' | 'doubt' | 'isShort'>,
  ears: BirdEars,
): PeerWatch {
  const { control, log } = ports;
  const problems = state.problems.of('birdConnection');
  let timer: NodeJS.Timeout | undefined;
  let dueAt = 0;
  let stopped = false;
  let absent = false;
  let polling = false;
  let displaced = false;
  let greeted = 0;
  let seen = 0;
  let soon = 0;
  const off = control.onConnection((connected) => {
    if (connected) {
      greeted += 1;
      return;
    }
    sight.forget('the connection to BIRD was lost');
    ears.onBirdLost();
    later(SOON_MS);
  });

  async function poll(): Promise<void> {
    try {
      // Whoever else speaks to BIRD fails at once while it does not answer: this is who finds out that it does again.
      await control.connect();
      const protocols = await control.showProtocols();
      if (stopped) return;
      note(protocols.filter((protocol) => protocol.type === 'BGP'));
      if (absent) log.info({}, 'BIRD answers again');
      absent = false;
      problems.clear();
      // Where a pass was quicker, BIRD has everything already.
      if (seen !== greeted && control.configured !== true) ears.onBird();
      seen = greeted;
      const wasShort = sight.isShort;
      const { changed, lacks } = await sight.see(protocols);
      // A route that BIRD is about to take up or to export is there with the next look.
      if (sight.isShort && !wasShort) soon = Math.max(soon, POLLS_AFTER_SESSION);
      // What a BIRD that has just come lacks it is about to be given anyway.
      const other = await isElsewhere(lacks && control.configured === true);
      if (stopped) return;
      if (other) ears.onDisplaced();
      if (changed) ears.onSeen();
    } catch (error) {
      if (!(error instanceof BirdError)) throw error;
      if (stopped) return;
      const before = absent;
      if (!before) log.warn({ err: errorText(error) }, 'BIRD does not answer');
      absent = true;
      state.peers = [];
      sight.forget('BIRD does not answer');
      problems.set('birdUnavailable', error.message);
      if (!before) ears.onSeen();
    }
  }

  /**
   * Whether BIRD is to be given its files again. An operator's `configure timeout` is left alone until it is over: what is
   * published ends BIRD's timer.
   * @param lacks whether BIRD turned out to lack what it was given.
   */
  async function isElsewhere(lacks: boolean): Promise<boolean> {
    await control.showStatus();
    const before = displaced;
    displaced = control.displaced === true;
    if (stopped || !(displaced || lacks)) return false;
    sight.doubt();
    if (displaced && !before)
      log.warn({}, 'somebody else has reconfigured BIRD, or its undo timer has: publishing again');
    if (!displaced) log.warn({}, 'BIRD lacks announced addresses that it had accepted: publishing again');
    return (await control.configureStatus()).undoInSeconds === undefined;
  }

  function note(peers: readonly ProtocolStatus[]): void {
    const before = established(state.peers);
    const now = established(peers);
    state.peers = peers;
    soon = seen === greeted ? Math.max(0, soon - 1) : POLLS_AFTER_COMING;
    const isUp = [...now].some((name) => !before.has(name));
    if (isUp) soon = Math.max(soon, POLLS_AFTER_SESSION);
    if (now.size === peers.length) soon = Math.min(soon, POLLS_AFTER_SESSION);
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
    later(absent || soon > 0 || isIncomplete() ? SOON_MS : POLL_MS);
  }

  /** Right after a start, or a change of the configuration that BIRD is still to be given. */
  function isIncomplete(): boolean {
    const known = new Set(state.peers.map((peer) => peer.name));
    return state.config.bgp.peers.some((peer) => !known.has(peerProtocol(peer.name)));
  }

  function later(milliseconds: number): void {
    clearTimeout(timer);
    dueAt = performance.now() + milliseconds;
    if (!stopped) timer = setTimeout(pollOnce, milliseconds).unref();
  }

  later(SOON_MS);
  return {
    lookSoon() {
      if (!polling && dueAt > performance.now() + SOON_MS) later(SOON_MS);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      off();
    },
  };
}

/** Names of the peers whose session stands. */
function established(peers: readonly ProtocolStatus[]): ReadonlySet<string> {
  return new Set(peers.filter(isEstablished).map(({ name }) => name));
}
