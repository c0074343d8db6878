import { isEstablished } from '../../bird-control/running.ts';
import type { ProtocolStatus } from '../../bird-control/types.ts';
import type { Problem } from '../../model/problem.ts';

/** A session that the configuration asks for. */
export interface WantedSession {
  /** Name of the peer in flock.yaml. */
  readonly peer: string;
  /** Name of its protocol in BIRD. */
  readonly protocol: string;
  readonly address: string;
  /** Whether this host has a route to the peer; without one the session is rendered as disabled. */
  readonly reachable: boolean;
}

/** One session as last seen. */
interface Session extends WantedSession {
  readonly status: 'established' | 'down' | 'disabled' | 'absent';
  /** BIRD's name for its state, such as `Active`; empty when BIRD has no such session. */
  readonly state: string;
  /** The last error that BIRD reports; empty when there is none. */
  readonly error: string;
  /** Since when it has been established, or has not been. */
  readonly since: Date;
  /** The same in milliseconds of a monotonic clock; not before it was first seen. */
  readonly seen: number;
}

/** The sessions by name of the protocol. */
export type Sessions = ReadonlyMap<string, Session>;

/** A session has come up or gone down. */
export interface SessionEvent {
  readonly kind: 'up' | 'down';
  readonly session: Session;
  /** Milliseconds that it was in the previous state. */
  readonly afterMs: number;
}

/** The time of a check. */
interface Moment {
  readonly date: Date;
  /** Milliseconds of a monotonic clock. */
  readonly ms: number;
  /** Reads a time printed by BIRD; null when it cannot be read. */
  readonly readTime: (text: string) => string | null;
}

/**
 * Updates the sessions from what BIRD says. If the configuration has no peers, the sessions are the operator's: then
 * each BGP protocol with a neighbour's address is one. One that only listens for a range of neighbours is never
 * established.
 */
export function followSessions(
  before: Sessions,
  wanted: readonly WantedSession[],
  protocols: readonly ProtocolStatus[],
  moment: Moment,
): { readonly sessions: Sessions; readonly events: readonly SessionEvent[] } {
  const running = new Map(protocols.filter(({ type }) => type === 'BGP').map((protocol) => [protocol.name, protocol]));
  const watched = wanted.length > 0 ? wanted : [...running.values()].flatMap(operators);
  const sessions = new Map<string, Session>();
  const events: SessionEvent[] = [];
  for (const one of watched) {
    const known = before.get(one.protocol);
    const session = { ...one, ...stateOf(running.get(one.protocol), known, moment) };
    sessions.set(one.protocol, session);
    const wasUp = known?.status === 'established';
    const isUp = session.status === 'established';
    if (isUp && !wasUp) events.push({ kind: 'up', session, afterMs: known === undefined ? 0 : moment.ms - known.seen });
    if (!isUp && wasUp) events.push({ kind: 'down', session, afterMs: moment.ms - known.seen });
  }
  return { sessions, events };
}

/**
 * The sessions when contact with BIRD is lost. They count as down until BIRD says otherwise.
 * @param why for people.
 * @returns those that were established.
 */
export function loseSessions(
  before: Sessions,
  why: string,
  { date, ms }: Pick<Moment, 'date' | 'ms'>,
): { readonly sessions: Sessions; readonly events: readonly SessionEvent[] } {
  const events = [...before.values()]
    .filter(({ status }) => status === 'established')
    .map((known): SessionEvent => {
      const session: Session = { ...known, status: 'absent', state: '', error: why, since: date, seen: ms };
      return { kind: 'down', session, afterMs: ms - known.seen };
    });
  return { sessions: new Map(events.map(({ session }) => [session.protocol, session])), events };
}

function operators({ name, bgp }: ProtocolStatus): WantedSession[] {
  const address = bgp?.neighborAddress;
  return address === undefined ? [] : [{ peer: name, protocol: name, address, reachable: true }];
}

function stateOf(
  protocol: ProtocolStatus | undefined,
  known: Session | undefined,
  moment: Moment,
): Omit<Session, keyof WantedSession> {
  const status = statusOf(protocol);
  const state = protocol?.bgp?.state ?? protocol?.info ?? '';
  const error = (protocol?.bgp?.lastError ?? '').replace(/\s+/g, ' ');
  const stays = known !== undefined && (known.status === 'established') === (status === 'established');
  if (stays) return { status, state, error, since: known.since, seen: known.seen };
  // BIRD restarts a session after each error, so its own time shows only the first time since when it has been down.
  const told = protocol === undefined ? null : moment.readTime(protocol.since);
  const since = told !== null && Date.parse(told) < moment.date.getTime() ? new Date(told) : moment.date;
  return { status, state, error, since, seen: moment.ms };
}

function statusOf(protocol: ProtocolStatus | undefined): Session['status'] {
  if (protocol === undefined) return 'absent';
  if (isEstablished(protocol)) return 'established';
  return protocol.state === 'down' ? 'disabled' : 'down';
}

/**
 * The sessions that have not been established for longer than they may take.
 * @param now on the clock of `seen`. @param graceMs in milliseconds.
 */
export function sessionProblems(sessions: Sessions, now: number, graceMs: number): Problem<'sessionDown'>[] {
  return [...sessions.values()]
    .filter(({ status, seen }) => status !== 'established' && now - seen >= graceMs)
    .map((session) => ({ code: 'sessionDown', message: textOf(session) }));
}

function textOf({ peer, protocol, address, reachable, status, state, error, since }: Session): string {
  const subject = `session ${peer}${peer === protocol ? '' : ` (${protocol} in BIRD)`} with ${address}`;
  const time = since.toISOString();
  if (status === 'absent') {
    return `${subject}: BIRD has not had it since ${time}; the configuration with it is not in force, "flockctl render --diff" shows the difference`;
  }
  if (!reachable) {
    return `${subject}: disabled since ${time}, since this host has no route to ${address}; give the peer a sourceAddress, or the host a route`;
  }
  if (status === 'disabled') {
    const last = error === '' ? '' : `, last error: ${error}`;
    return `${subject}: disabled since ${time}${last}; run "birdc enable ${protocol}", or remove the peer from the configuration`;
  }
  const why = error === '' ? 'the router does not answer, and BIRD reports no error' : `last error: ${error}`;
  return `${subject}: not established since ${time}, state ${state}; ${why}; compare address, AS number and password with the router's, and see "birdc show protocols all ${protocol}"`;
}
