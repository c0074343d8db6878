import { BEAT_MS, every } from '../../async/every.ts';
import { peerProtocol } from '../../bird/names.ts';
import { isEstablished } from '../../bird-control/running.ts';
import { BirdError, type ProtocolStatus } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { OwnProblems } from '../problem-store.ts';
import type { BirdObserver } from './bird-observer.ts';
import { PollPace } from './poll-pace.ts';

/**
 * How often BIRD is asked for its sessions, in milliseconds. It also shows that BIRD is back, and frees
 * an UPDATE that 2.0.12 sits on after a session came up.
 */
const POLL_MS = 2_000;
/** What is not urgent is asked for on every second beat, with everything else that is due then. */
const POLL_BEAT_MS = 2 * BEAT_MS;
/** How much before its time a question may come so that it need not wait for the next such beat, in milliseconds. */
const BEAT_SLACK_MS = 100;
/** Between tries while BIRD does not answer, lacks peers of the configuration, or brings its sessions up, in milliseconds. */
const SOON_MS = 250;
/** What is called when the watch sees a change. */
export interface BirdListener {
  /** The connection to BIRD broke. The next one to answer may be another BIRD: what it has is in doubt. */
  onBirdLost(): void;
  /** BIRD answers over a new connection, and has been sent no `configure` over it yet. */
  onBird(): void;
  /** BIRD was reconfigured by another program or person: it may run something else than what is on the disk. */
  onDisplaced(): void;
  /** What is seen of BIRD has changed. */
  onSeen(): void;
}

/** A watch on BIRD. */
export interface BirdWatch {
  /** What BIRD has may have changed: it is asked soon. */
  pollSoon(): void;
  stop(): void;
}

/** What the watch needs of the observer. */
type Observer = Pick<BirdObserver, 'see' | 'forget' | 'doubt' | 'isShort'>;

/** Keeps `state.peers` and what is seen of BIRD true, and notices when BIRD stops and starts (again). */
export function watchBird(
  ports: EnginePorts,
  state: EngineState,
  observer: Observer,
  listener: BirdListener,
): BirdWatch {
  const poller = new BirdPoller(ports, state, observer, listener);
  poller.start();
  return { pollSoon: () => poller.pollSoon(), stop: () => poller.stop() };
}

class BirdPoller implements BirdWatch {
  readonly #ports: Pick<EnginePorts, 'control' | 'log'>;
  readonly #state: EngineState;
  readonly #observer: Observer;
  readonly #listener: BirdListener;
  readonly #problems: OwnProblems<'birdUnavailable'>;
  readonly #pace = new PollPace();
  #leave = (): void => {};
  #leaveBeat = (): void => {};
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #stopped = false;
  #absent = false;
  #polling = false;
  #displaced = false;

  constructor({ control, log }: EnginePorts, state: EngineState, observer: Observer, listener: BirdListener) {
    this.#ports = { control, log };
    this.#state = state;
    this.#observer = observer;
    this.#listener = listener;
    this.#problems = state.problems.of('birdConnection');
  }

  start(): void {
    this.#leave = this.#ports.control.onConnection((connected) => {
      if (connected) {
        this.#pace.connected();
        return;
      }
      this.#observer.forget('the connection to BIRD was lost');
      this.#listener.onBirdLost();
      this.#later(SOON_MS);
    });
    this.#leaveBeat = every(POLL_BEAT_MS, () => this.#onBeat());
    this.#later(SOON_MS);
  }

  pollSoon(): void {
    if (!this.#polling && this.#dueAt > performance.now() + SOON_MS) this.#later(SOON_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#leaveBeat();
    this.#leave();
  }

  #later(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = performance.now() + milliseconds;
    if (this.#stopped || milliseconds >= POLL_MS) return;
    this.#timer = setTimeout(() => this.#pollOnce(), milliseconds).unref();
  }

  /** What is not urgent waits for a beat, with everything else that an idle daemon does then. */
  #onBeat(): void {
    if (this.#dueAt < performance.now() + POLL_BEAT_MS - BEAT_SLACK_MS) void this.#pollOnce();
  }

  /** One at a time: a BIRD that hangs must not find a queue of questions when it continues. */
  async #pollOnce(): Promise<void> {
    if (this.#polling || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#polling = true;
    try {
      await this.#poll();
    } catch (error) {
      this.#ports.log.error({ err: error }, 'defect while asking BIRD for its sessions');
    }
    this.#polling = false;
    this.#later(this.#absent || this.#pace.isQuick || this.#isIncomplete() ? SOON_MS : POLL_MS);
  }

  /** Right after a start, or a change of the configuration that BIRD is still to be given. */
  #isIncomplete(): boolean {
    const known = new Set(this.#state.peers.map((peer) => peer.name));
    return this.#state.config.bgp.peers.some((peer) => !known.has(peerProtocol(peer.name)));
  }

  async #poll(): Promise<void> {
    const { control } = this.#ports;
    try {
      // Everything else that speaks to BIRD fails at once while it does not answer: this detects that it answers again.
      await control.connect();
      const protocols = await control.showProtocols();
      if (!this.#stopped) await this.#take(protocols);
    } catch (error) {
      if (!(error instanceof BirdError)) throw error;
      if (!this.#stopped) this.#miss(error);
    }
  }

  /** BIRD has answered. @throws BirdError when it does not answer what is asked next. */
  async #take(protocols: readonly ProtocolStatus[]): Promise<void> {
    const { control, log } = this.#ports;
    this.#note(protocols.filter((protocol) => protocol.type === 'BGP'));
    if (this.#absent) log.info({}, 'BIRD answers again');
    this.#absent = false;
    this.#problems.clear();
    // Where a pass was quicker, BIRD has everything already.
    if (this.#pace.isNewConnection && control.configured !== true) this.#listener.onBird();
    this.#pace.answered();
    const wasShort = this.#observer.isShort;
    const { changed, lacks } = await this.#observer.see(protocols);
    // A route that BIRD is about to load or to export is there with the next poll.
    if (this.#observer.isShort && !wasShort) this.#pace.hurry();
    // What a BIRD that has just come lacks it is about to be given anyway.
    const other = await this.#isElsewhere(lacks && control.configured === true);
    if (this.#stopped) return;
    if (other) this.#listener.onDisplaced();
    if (changed) this.#listener.onSeen();
  }

  #note(peers: readonly ProtocolStatus[]): void {
    const before = established(this.#state.peers);
    const now = established(peers);
    this.#state.peers = peers;
    const isUp = [...now].some((name) => !before.has(name));
    this.#pace.sessions({ isUp, allEstablished: now.size === peers.length });
  }

  /** BIRD does not answer. */
  #miss(error: BirdError): void {
    const before = this.#absent;
    if (!before) this.#ports.log.warn({ err: errorText(error) }, 'BIRD does not answer');
    this.#absent = true;
    this.#state.peers = [];
    this.#observer.forget('BIRD does not answer');
    this.#problems.set('birdUnavailable', error.message);
    if (!before) this.#listener.onSeen();
  }

  /**
   * Whether BIRD is to be given its files again. An operator's `configure timeout` is left alone until it is over: what is
   * published ends BIRD's timer.
   * @param lacks whether BIRD turned out to lack what it was given.
   */
  async #isElsewhere(lacks: boolean): Promise<boolean> {
    const { control, log } = this.#ports;
    await control.showStatus();
    const before = this.#displaced;
    this.#displaced = control.displaced === true;
    if (this.#stopped || !(this.#displaced || lacks)) return false;
    this.#observer.doubt();
    if (this.#displaced && !before)
      log.warn({}, 'another program or person has reconfigured BIRD, or its undo timer has: publishing again');
    if (!this.#displaced) log.warn({}, 'BIRD lacks announced addresses that it had accepted: publishing again');
    return (await control.configureStatus()).undoInSeconds === undefined;
  }
}

/** Names of the peers whose session is established. */
function established(peers: readonly ProtocolStatus[]): ReadonlySet<string> {
  return new Set(peers.filter(isEstablished).map(({ name }) => name));
}
