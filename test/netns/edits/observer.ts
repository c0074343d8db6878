import { eventually, type LabBird } from '../../lab/lab.ts';
import { wallClock } from '../../lab/route-monitor.ts';
import type { Ledger } from './ledger.ts';
import { type RouterEvent, RouterLog } from './router-log.ts';

/** How often the logs are looked at, in milliseconds. */
const LOOK_MS = 20;

/** A time in which a session with a router may be down, on the clock of the kernel's events. */
export interface Window {
  readonly router: string;
  readonly from: number;
  to: number;
}

interface Watched {
  readonly log: RouterLog;
  /** Sessions that are up, by the router's names. */
  readonly up: Set<string>;
  /** What came over each session. */
  readonly held: Map<string, Set<string>>;
  /** How often a session has gone down. */
  downs: number;
  permitted: Window | undefined;
  /** A session that may be down is back, and flips wait until the router sees them. */
  awaited: boolean;
}

/**
 * Watches the routers through their logs, which tell in order of sessions and routes, and notes what must not be: a session
 * that goes down without permission, a route that goes although its pod is ready, one that comes although it is not.
 */
export class Observer {
  /** What must not be, in the words of the routers. */
  readonly offences: string[] = [];
  readonly windows: Window[] = [];
  readonly #ledger: Ledger;
  readonly #routers = new Map<string, Watched>();
  readonly #timer: NodeJS.Timeout;

  constructor(routers: ReadonlyMap<string, LabBird>, ledger: Ledger) {
    this.#ledger = ledger;
    for (const [name, bird] of routers) {
      const log = new RouterLog(bird);
      this.#routers.set(name, { log, up: new Set(), held: new Map(), downs: 0, permitted: undefined, awaited: false });
      this.permit(name); // Until the world is built.
    }
    this.#timer = setInterval(() => this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes in what the logs have told since the last look. */
  look(): void {
    for (const [name, router] of this.#routers) for (const event of router.log.next()) this.#take(name, router, event);
  }

  /** Whether a session with the router is up, and how often one has gone down. */
  session(router: string): { readonly up: boolean; readonly downs: number } {
    this.look();
    const { up, downs } = this.#of(router);
    return { up: up.size > 0, downs };
  }

  /** Whether the router has a route for the prefix, over whatever session. */
  has(router: string, prefix: string): boolean {
    return [...this.#of(router).held.values()].some((prefixes) => prefixes.has(prefix));
  }

  /** The routers that must see every flip: those whose sessions may not go down, or are back. */
  awaited(): string[] {
    this.look();
    const routers = [...this.#routers].filter(([, { permitted, awaited }]) => permitted === undefined || awaited);
    return routers.map(([name]) => name);
  }

  /** From now on the session with the router may go down, with all its routes. */
  permit(router: string): void {
    const watched = this.#of(router);
    watched.awaited = false;
    if (watched.permitted !== undefined) return;
    watched.permitted = { router, from: wallClock(), to: Number.POSITIVE_INFINITY };
    this.windows.push(watched.permitted);
  }

  /** Waits until the router has what it should have, and no more; from then on flips wait for it too. */
  async expect(router: string, timeoutMs: number): Promise<void> {
    await this.whole(router, timeoutMs);
    this.#of(router).awaited = true;
  }

  /**
   * Waits until the router has what it should have, and no more; from then on nothing may go. What was flipped while nobody
   * waited for the router must have reached it: see `expect`.
   */
  async guard(router: string, timeoutMs: number): Promise<void> {
    await this.whole(router, timeoutMs);
    const watched = this.#of(router);
    if (watched.permitted !== undefined) watched.permitted.to = wallClock();
    watched.permitted = undefined;
  }

  /** Waits until no flip is under way, and the router has every present prefix and no absent one, over a session that is up. */
  whole(router: string, timeoutMs: number): Promise<boolean> {
    return eventually(
      () => {
        const wrong = this.#differences(router);
        if (wrong.length > 0) throw new Error(wrong.join('; '));
        return true;
      },
      `${router} is whole`,
      timeoutMs,
    );
  }

  #differences(router: string): string[] {
    this.look();
    return [
      ...(this.session(router).up ? [] : ['no session']),
      ...[...this.#ledger.all('leaving'), ...this.#ledger.all('arriving')].map((prefix) => `${prefix} flips`),
      ...this.#ledger.all('present').flatMap((prefix) => (this.has(router, prefix) ? [] : [`lacks ${prefix}`])),
      ...this.#ledger.all('absent').flatMap((prefix) => (this.has(router, prefix) ? [`still has ${prefix}`] : [])),
    ];
  }

  #take(name: string, router: Watched, event: RouterEvent): void {
    const offence = (what: string): void => {
      if (router.permitted === undefined) this.offences.push(`${name}: ${what}: ${event.line}`);
    };
    const { session } = event;
    const held = router.held.get(session) ?? new Set();
    router.held.set(session, held);
    switch (event.kind) {
      case 'up':
        router.up.add(session);
        break;
      case 'down':
        if (!router.up.delete(session)) break;
        router.downs += 1;
        offence('a session went down that nobody allowed to');
        break;
      case 'gained':
        held.add(event.prefix);
        if (this.#ledger.of(event.prefix) === 'absent') offence('a route came whose pod is not ready');
        break;
      case 'lost': {
        held.delete(event.prefix);
        const standing = this.#ledger.of(event.prefix);
        if (standing === 'present' || standing === 'arriving') offence('a route went whose pod is ready');
        break;
      }
    }
  }

  #of(router: string): Watched {
    const watched = this.#routers.get(router);
    if (watched === undefined) throw new Error(`no router ${router} is watched`);
    return watched;
  }
}
