import type { AddressJson, ApplyJson, DiffJson, PodJson, RenderJson, StatusJson } from './types.ts';

/**
 * Whether an answer of the daemon has the form of types.ts, so that flockctl prints no nonsense when it talks to an
 * older daemon or another program. Written by hand: a schema library would take longer to load than everything else.
 */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const count: Check = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const flag: Check = (value) => typeof value === 'boolean';

function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

function oneOf(...words: readonly string[]): Check {
  return (value) => typeof value === 'string' && words.includes(value);
}

function list(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

function object(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks);
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    const fields = new Map<string, unknown>(Object.entries(value));
    return entries.every(([key, check]) => check(fields.get(key)));
  };
}

const session = { session: text, neighbor: text };
const stateful = { ...session, established: orNull(flag) };
const reasons = { reasons: list(text) };

/** A change that is held back, in `DiffJson` and `StatusJson`. */
const change = object({
  state: oneOf('verifying', 'waits', 'refused', 'undone'),
  since: text,
  message: text,
  resets: list(object({ ...session, ...reasons })),
});

const publish = object({ at: text, ok: flag, code: text, message: text });

const status = object({
  node: text,
  version: text,
  startedAt: text,
  bird: object({
    connected: flag,
    version: orNull(text),
    socket: text,
    peers: list(object({ name: text, state: text, since: orNull(text) })),
    lastPublish: orNull(publish),
    change: orNull(change),
  }),
  pods: object({ total: count, ready: count }),
  addresses: object({ advertised: count, withheld: count }),
  problems: list(object({ code: text, message: text })),
});

const pods = list(
  object({
    namespace: text,
    name: text,
    containerId: text,
    interface: text,
    hostInterface: text,
    sandbox: text,
    ip6: orNull(text),
    ip4: orNull(text),
    mac: text,
    ready: flag,
    reason: text,
    message: text,
    anycast: list(text),
    addresses: list(text),
    communities: list(text),
    since: text,
  }),
);

const addresses = list(
  object({
    address: text,
    kind: oneOf('anycast', 'addresses'),
    state: oneOf('advertised', 'withheld'),
    reason: text,
    message: text,
    pods: list(object({ namespace: text, name: text })),
    nextHops: list(object({ via: text, interface: text })),
    communities: list(text),
    largeCommunities: list(text),
    since: text,
  }),
);

/** Answer of `GET /v1/status`. */
export function isStatusJson(value: unknown): value is StatusJson {
  return status(value);
}

/** Answer of `GET /v1/pods`. */
export function isPodList(value: unknown): value is readonly PodJson[] {
  return pods(value);
}

/** Answer of `GET /v1/addresses`. */
export function isAddressList(value: unknown): value is readonly AddressJson[] {
  return addresses(value);
}

const rendered = object({ files: list(object({ path: text, text })) });

/** Answer of `GET /v1/render`. */
export function isRenderJson(value: unknown): value is RenderJson {
  return rendered(value);
}

const diff = object({
  change: orNull(change),
  files: list(object({ path: text, diff: text })),
  keptForeign: orNull(text),
  preview: object({
    resets: list(object({ ...stateful, ...reasons })),
    begins: list(object(session)),
    ends: list(object(stateful)),
    refeeds: list(object({ session: text, channel: text, direction: oneOf('export', 'import'), ...reasons })),
    protocols: list(object({ protocol: text, type: text, change: oneOf('begins', 'ends', 'restarts'), ...reasons })),
    announced: list(text),
    withdrawn: list(text),
  }),
});

/** Answer of `GET /v1/diff`. */
export function isDiffJson(value: unknown): value is DiffJson {
  return diff(value);
}

const applied = object({
  ...{ before: orNull(change), change: orNull(change), lastPublish: orNull(publish) },
  message: text,
});

/** Answer of `POST /v1/apply`. */
export function isApplyJson(value: unknown): value is ApplyJson {
  return applied(value);
}
