import { type BgpSession, isDisabled } from '../meaning/bgp-session.ts';
import type { Model } from '../meaning/model.ts';
import { UNSET, type Value } from '../meaning/values.ts';
import { compareSessions } from './bgp-compare.ts';
import { dependencyReasons } from './dependencies.ts';
import { changedItems, changeText, itemName } from './reasons.ts';
import { routerIdReasons } from './router-id.ts';
import type { ChannelRefeed, SessionName, SessionReset } from './types.ts';

/** The changes of the BGP sessions. */
interface SessionChanges {
  readonly resets: readonly SessionReset[];
  readonly begins: readonly SessionName[];
  readonly ends: readonly SessionName[];
  readonly refeeds: readonly ChannelRefeed[];
}

/** A BGP protocol with its name. */
interface Named {
  readonly name: string;
  readonly session: BgpSession;
}

/**
 * Determines the change of each BGP session. One that is disabled in the text counts as absent.
 * @param fault what prevents the comparison, so that it is unknown which sessions remain.
 */
export function compareAllSessions(before: Model, after: Model, fault?: string): SessionChanges {
  const resets: SessionReset[] = [];
  const refeeds: ChannelRefeed[] = [];
  const gone: Named[] = [];
  const common = globalReasons(before, after);
  const ofDependencies = dependencyReasons(before, after);
  if (fault !== undefined) common.push(`cannot be compared: ${fault}`);
  for (const { name, session } of enabled(before)) {
    const next = after.sessions.get(name);
    if (next === undefined) {
      gone.push({ name, session });
      continue;
    }
    const change = isDisabled(next) ? { reasons: ['disabled'], refeeds: [] } : compareSessions(session, next);
    const reasons = [
      ...common,
      ...ofDependencies(session, next),
      ...routerIdReasons(before, after, [routerId(session), routerId(next)]),
      ...change.reasons,
    ];
    if (reasons.length > 0) resets.push({ ...sessionName(name, session), reasons });
    else refeeds.push(...change.refeeds.map((refeed) => ({ protocol: name, ...refeed })));
  }
  const stood = new Set(enabled(before).map(({ name }) => name));
  const fresh = enabled(after).filter(({ name }) => !stood.has(name));
  const { renamed, begins, ends } = matchRenamed(gone, fresh);
  return { resets: [...resets, ...renamed], begins, ends, refeeds };
}

function enabled({ sessions }: Model): Named[] {
  return [...sessions].filter(([, session]) => !isDisabled(session)).map(([name, session]) => ({ name, session }));
}

/**
 * A removed and an added protocol with the same neighbour are one that changes its name: BIRD identifies protocols only
 * by their names (`protos_commit` in `nest/proto.c`).
 */
function matchRenamed(
  gone: readonly Named[],
  fresh: readonly Named[],
): { renamed: SessionReset[]; begins: SessionName[]; ends: SessionName[] } {
  const renamed: SessionReset[] = [];
  const ends: SessionName[] = [];
  const left = new Set(fresh);
  for (const { name, session } of gone) {
    const neighbor = neighborText(session);
    const alike = [...left].filter((one) => neighborText(one.session) === neighbor);
    const local = session.values.get('local address');
    const match = alike.find((one) => one.session.values.get('local address') === local) ?? alike[0];
    if (neighbor === '' || match === undefined) {
      ends.push(sessionName(name, session));
      continue;
    }
    left.delete(match);
    const { reasons } = compareSessions(session, match.session);
    renamed.push({ protocol: name, neighbor, reasons: [`name ${name} → ${match.name}`, ...reasons] });
  }
  return { renamed, begins: [...left].map(({ name, session }) => sessionName(name, session)), ends };
}

/**
 * Global statements that concern every session: the name of the host, whose change restarts each of them in later
 * versions (`bgp_reconfigure`), and those that are in no option table.
 */
function globalReasons(before: Model, after: Model): string[] {
  const reasons: string[] = [];
  if (before.hostname !== after.hostname) reasons.push(changeText('hostname', before.hostname, after.hostname));
  const unknown = changedItems(before.unknown, after.unknown).map(itemName);
  return [...reasons, ...new Set(unknown)];
}

function sessionName(protocol: string, session: BgpSession): SessionName {
  return { protocol, neighbor: neighborText(session) };
}

function routerId({ values }: BgpSession): Value {
  return values.get('router id') ?? UNSET;
}

function neighborText({ values }: BgpSession): string {
  const address = values.get('neighbor address') ?? UNSET;
  const device = values.get('interface')?.slice(1) ?? '';
  // A link-local address identifies a neighbour only together with the interface.
  const text = address.startsWith('fe80:') && device !== '' ? `${address}%${device}` : address;
  const name = text === UNSET ? (values.get('neighbor range') ?? '') : text;
  // A text that BIRD would refuse may contain anything, even a password.
  return /^[\w.:/%-]*$/.test(name) ? name : '';
}
