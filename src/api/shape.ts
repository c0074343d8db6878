import { anyWord, type Check, count, flag, list, object, oneOf, orNull, type Shape, text } from './check.ts';
import type {
  AddressJson,
  ApplyJson,
  BirdJson,
  ChangeJson,
  DiffJson,
  EstablishedJson,
  PeerJson,
  PodJson,
  PreviewJson,
  ProblemJson,
  PublishJson,
  RenderJson,
  SessionChangeJson,
  SessionJson,
  StatusJson,
} from './types.ts';

/**
 * Whether an answer of the daemon has the form of types.ts, so that flockctl prints no nonsense when it speaks with an
 * older daemon or another program.
 */

const session: Shape<SessionJson> = { session: text, neighbor: text };
const established: Shape<EstablishedJson> = { established: orNull(flag) };
const sessionChange: Shape<SessionChangeJson> = { ...session, reasons: list(text) };

/** A change that is held back, in `DiffJson` and `StatusJson`. */
const change = object<ChangeJson>({
  state: oneOf('verifying', 'waits', 'refused', 'undone'),
  since: text,
  message: text,
  resets: list(object<SessionChangeJson>(sessionChange)),
});

const publish = object<PublishJson>({ at: text, ok: flag, code: text, message: text });

/** Answer of `GET /v1/status`. */
export const isStatusJson: Check<StatusJson> = object<StatusJson>({
  node: text,
  version: text,
  startedAt: text,
  bird: object<BirdJson>({
    connected: flag,
    version: orNull(text),
    socket: text,
    peers: list(object<PeerJson>({ name: text, state: text, since: orNull(text) })),
    lastPublish: orNull(publish),
    change: orNull(change),
  }),
  pods: object<StatusJson['pods']>({ total: count, ready: count }),
  addresses: object<StatusJson['addresses']>({ advertised: count, withheld: count }),
  problems: list(object<ProblemJson>({ code: text, message: text })),
});

/** Answer of `GET /v1/pods`. */
export const isPodList: Check<readonly PodJson[]> = list(
  object<PodJson>({
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

/** Answer of `GET /v1/addresses`. */
export const isAddressList: Check<readonly AddressJson[]> = list(
  object<AddressJson>({
    address: text,
    kind: oneOf('anycast', 'addresses'),
    state: oneOf('advertised', 'withheld'),
    reason: anyWord,
    message: text,
    pods: list(object<AddressJson['pods'][number]>({ namespace: text, name: text })),
    nextHops: list(object<AddressJson['nextHops'][number]>({ via: text, interface: text })),
    communities: list(text),
    largeCommunities: list(text),
    since: text,
  }),
);

/** Answer of `GET /v1/render`. */
export const isRenderJson: Check<RenderJson> = object<RenderJson>({
  files: list(object<RenderJson['files'][number]>({ path: text, text })),
});

const preview = object<PreviewJson>({
  resets: list(object<SessionChangeJson & EstablishedJson>({ ...sessionChange, ...established })),
  begins: list(object<SessionJson>(session)),
  ends: list(object<SessionJson & EstablishedJson>({ ...session, ...established })),
  refeeds: list(
    object<PreviewJson['refeeds'][number]>({
      session: text,
      channel: text,
      direction: oneOf('export', 'import'),
      reasons: list(text),
    }),
  ),
  protocols: list(
    object<PreviewJson['protocols'][number]>({
      protocol: text,
      type: text,
      change: oneOf('begins', 'ends', 'restarts'),
      reasons: list(text),
    }),
  ),
  announced: list(text),
  withdrawn: list(text),
});

/** Answer of `GET /v1/diff`. */
export const isDiffJson: Check<DiffJson> = object<DiffJson>({
  change: orNull(change),
  files: list(object<DiffJson['files'][number]>({ path: text, diff: text })),
  keptForeign: orNull(text),
  preview,
});

/** Answer of `POST /v1/apply`. */
export const isApplyJson: Check<ApplyJson> = object<ApplyJson>({
  before: orNull(change),
  change: orNull(change),
  lastPublish: orNull(publish),
  message: text,
});
