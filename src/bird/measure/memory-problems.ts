import type { Address } from '../../model/address.ts';
import { hostPrefix } from '../../model/prefix.ts';
import type { Problem } from '../../model/problem.ts';
import { announceProtocol } from '../names.ts';
import type { BirdMemory, FamilyMemory } from './memory.ts';

/**
 * Milliseconds that BIRD may lack a route before that is a problem: BIRD and flockd notice the removal of a device at
 * different times.
 */
const LACKING_MS = 2_000;

/** Since when something is wrong with a family, in milliseconds of a clock. */
interface ShortSince {
  readonly missing: number | undefined;
  readonly untold: number | undefined;
}

/** The same for both families. */
export type Shortfalls = ReadonlyMap<FamilyMemory['family'], ShortSince>;

/** Tracks since when something is missing. @param now in milliseconds of a monotonic clock. */
export function followShortfalls(before: Shortfalls, memory: BirdMemory, now: number): Shortfalls {
  return new Map(
    [...memory].map(([family, found]) => {
      const known = before.get(family);
      const since = (isShort: boolean, earlier: number | undefined) => (isShort ? (earlier ?? now) : undefined);
      return [
        family,
        { missing: since(found.missing.size > 0, known?.missing), untold: since(isUntold(found), known?.untold) },
      ];
    }),
  );
}

function isUntold({ announced, missing, tellers, untold }: FamilyMemory): boolean {
  return untold.size > 0 || (tellers.length === 0 && announced.size > missing.size);
}

/** What the operator has to know to correct BIRD. */
interface BirdFiles {
  /** The file that BIRD should be started with. */
  readonly wanted: string;
  /** The file that BIRD last reported to have read; undefined when it has not reported one. */
  readonly read: string | undefined;
}

/**
 * What is wrong with what BIRD has, and with the routers that it advertises it to.
 * @param graceMs how long a session may take to come up, in milliseconds.
 */
export function memoryProblems(
  memory: BirdMemory,
  shortfalls: Shortfalls,
  { now, graceMs, files }: { readonly now: number; readonly graceMs: number; readonly files: BirdFiles },
): Problem<'notInBird' | 'noPeer'>[] {
  const problems: Problem<'notInBird' | 'noPeer'>[] = [];
  for (const [family, found] of memory) {
    const { missing, untold } = shortfalls.get(family) ?? {};
    if (missing !== undefined && now - missing >= LACKING_MS && found.missing.size > 0) {
      problems.push({ code: 'notInBird', message: missingText(found, files) });
    }
    if (untold !== undefined && now - untold >= graceMs && isUntold(found)) {
      problems.push({ code: 'noPeer', message: untoldText(found) });
    }
  }
  return problems;
}

function missingText({ family, protocol, missing, announced }: FamilyMemory, { wanted, read }: BirdFiles): string {
  const name = announceProtocol(family);
  const which = `${missing.size} of ${announced.size} announced IPv${family} addresses (${some(missing)})`;
  const file = read === undefined ? 'a file' : read;
  if (protocol === 'absent') {
    return `BIRD does not have ${which}: it runs ${file} without the protocol ${name}; start it with -c ${wanted}, or set bird.config to the file that it reads`;
  }
  if (protocol === 'down') {
    return `BIRD does not have ${which}: its protocol ${name} is disabled; run "birdc enable ${name}"`;
  }
  return `BIRD does not have ${which} in its protocol ${name}: either the devices of their pods are down or unknown to BIRD, as "birdc show interfaces" shows, or it does not run the text of ${wanted}, which "birdc configure" loads`;
}

function untoldText({ family, announced, missing, tellers, untold }: FamilyMemory): string {
  if (tellers.length > 0) {
    const [first] = untold;
    const example = first === undefined ? '' : `; see "birdc show route all ${hostPrefix(first)}"`;
    return `no router receives ${some(untold)}: BIRD has a route of flockd's but exports it over none of its sessions (${tellers.join(', ')}), since their export filters refuse it or another route to the same address wins${example}`;
  }
  const present = [...announced].filter((address) => !missing.has(address));
  return `no router receives ${some(present)}: no established session carries IPv${family}; bring a session up, or have one carry IPv${family} ("families" of bgp.peers)`;
}

/** How many addresses a message lists. */
const NAMED = 3;

function some(addresses: Iterable<Address>): string {
  const all = [...addresses];
  const rest = all.length - NAMED;
  return `${all.slice(0, NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
