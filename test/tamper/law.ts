import type { AddressJson, PodJson, StatusJson } from '../../src/api/types.ts';

/** What can be seen at one moment. */
export interface Look {
  readonly status: StatusJson;
  readonly addresses: readonly AddressJson[];
  readonly pods: readonly PodJson[];
  /** The host routes and pools in the router's kernel, without a length of 32 or 128. */
  readonly routed: readonly string[];
  /** Of all addresses of pods, their own and claimed ones, those that did not answer each ping of the router. */
  readonly silent: readonly string[];
}

/** What must be there when nothing stands. */
export interface Whole {
  /** Names of the pods, all ready. */
  readonly pods: readonly string[];
  readonly claims: readonly string[];
  readonly pools: readonly string[];
}

type Problem = StatusJson['problems'][number];

/**
 * Judges a moment at which somebody tampers with the node: whatever is announced answers, or a problem says why not; and
 * nothing is called advertised that the router does not have.
 * @param causes words in lower case, by which a problem may name what was tampered with
 * @returns a sentence for each breach
 */
export function breaches(look: Look, causes: readonly string[]): string[] {
  return [...unanswered(look, causes), ...unannounced(look, causes), ...unreasoned(look)];
}

/** Reasons for which `status` must have a problem: the pod is to be reached and cannot be. */
const TOLD_IN_STATUS = ['notWired', 'podAltered'];

/** Announced, as a host route or in the summary of its pool, and silent, with no problem that says why. */
function unanswered(look: Look, causes: readonly string[]): string[] {
  const { status, routed, silent } = look;
  const own = new Map(look.pods.flatMap(({ ip4, ip6, name }) => [ip4, ip6].map((ip) => [ip, name])));
  // A pool is announced as a whole: there, what `pods` says of a pod that is not to be reached is enough.
  const unready = look.pods.filter(({ ready, reason }) => !ready && reason !== '' && !TOLD_IN_STATUS.includes(reason));
  const excused = unready.map(({ name }) => name);
  const announced = silent.filter((address) => {
    if (routed.includes(address)) return true;
    const pod = own.get(address);
    return pod !== undefined && !excused.includes(pod) && routed.some((prefix) => isPoolOf(prefix, address));
  });
  const sentence = (address: string): string => {
    const what = own.has(address) ? `${address}, the own address of ${own.get(address)},` : `${address}`;
    return `${what} is announced and does not answer, and ${toldText(status.problems)}`;
  };
  return announced.filter((address) => !isExplained(look, address, causes)).map(sentence);
}

/** Called advertised, and the router does not have it. */
function unannounced(look: Look, causes: readonly string[]): string[] {
  const { status, addresses, routed } = look;
  const wrong = addresses.filter(({ address, state }) => state === 'advertised' && !routed.includes(address));
  return wrong
    .filter(({ address }) => !isExplained(look, address, causes))
    .map(
      ({ address }) => `${address} is called advertised and the router does not have it; ${toldText(status.problems)}`,
    );
}

/** Neither advertised nor with a reason. */
function unreasoned({ addresses }: Look): string[] {
  const silent = addresses.filter(({ state, reason }) => state === 'withheld' && reason === '');
  return silent.map(({ address }) => `${address} is withheld without a reason`);
}

/** Whether a problem names the address, a pod or device that it belongs to, or what was tampered with. */
function isExplained({ status, addresses, pods }: Look, address: string, causes: readonly string[]): boolean {
  const claimed = addresses.filter((one) => one.address === address).flatMap((one) => one.pods.map(({ name }) => name));
  const owners = pods.filter(({ ip4, ip6, name }) => [ip4, ip6].includes(address) || claimed.includes(name));
  const words = owners.flatMap(({ name, hostInterface, ip4, ip6 }) => [name, hostInterface, ip4, ip6]);
  const named = [address, ...words.filter((word) => word !== null), ...causes];
  return status.problems.some((problem) => named.some((word) => names(problem, word)));
}

/** Whether a problem has the word, alone: 192.0.2.1 is not in 192.0.2.15. */
function names({ message }: Problem, word: string): boolean {
  const text = message.toLowerCase();
  const wanted = word.toLowerCase();
  const isPart = (letter: string | undefined): boolean => letter !== undefined && /[0-9a-f]/.test(letter);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const inNumber = /[0-9]$/.test(wanted) && isPart(text[at + wanted.length]);
    if (!inNumber) return true;
  }
  return false;
}

function toldText(problems: readonly Problem[]): string {
  if (problems.length === 0) return 'status tells of no problem';
  return `no problem says why: ${problems.map(({ code, message }) => `${code} (${message})`).join('; ')}`;
}

/** Whether a prefix of the router is a pool of this address's family: all pools of the plan are longer than a default route. */
function isPoolOf(prefix: string, address: string): boolean {
  return prefix.includes('/') && prefix.includes(':') === address.includes(':');
}

/** Judges a moment at which nothing stands: everything is as if nothing had been. @returns a sentence for each breach */
export function flaws(look: Look, whole: Whole): string[] {
  const { status, addresses, pods, routed, silent } = look;
  const { bird, problems } = status;
  const found: string[] = problems.map(({ code, message }) => `status has the problem ${code}: ${message}`);
  if (!bird.connected) found.push('BIRD is not connected');
  if (bird.change !== null) found.push(`a change is not in force: ${bird.change.state}, ${bird.change.message}`);
  if (bird.lastPublish?.ok !== true) found.push(`the last publish has failed: ${bird.lastPublish?.message}`);
  for (const { name, state } of bird.peers) if (state !== 'Established') found.push(`the session ${name} is ${state}`);
  for (const name of whole.pods) {
    const pod = pods.find((one) => one.name === name);
    if (pod === undefined) found.push(`the pod ${name} is not listed`);
    else if (!pod.ready) found.push(`the pod ${name} is not ready: ${pod.reason}`);
  }
  for (const claim of whole.claims) {
    const told = addresses.find(({ address }) => address === claim);
    if (told?.state !== 'advertised')
      found.push(`${claim} is ${told?.state ?? 'not listed'} ${told?.reason ?? ''}`.trim());
  }
  const wanted = [...whole.claims, ...whole.pools];
  for (const prefix of wanted) if (!routed.includes(prefix)) found.push(`the router does not have ${prefix}`);
  for (const prefix of routed) if (!wanted.includes(prefix)) found.push(`the router has ${prefix}`);
  for (const address of silent) found.push(`${address} does not answer`);
  return found;
}

/**
 * What an operator types who reads the problems of a node on which nothing stands. A file of BIRD's that a player has
 * written is kept until it is removed; and flockd resets no session by itself.
 */
export function remedies({ status }: Look): string {
  const sessions = status.problems.flatMap(({ message }) => /"birdc (restart \w+)"/.exec(message)?.[1] ?? []);
  return ['rm -f bird/*.edited*', ...new Set(sessions.map((command) => `birdc -s bird.ctl ${command}`))].join('; ');
}
