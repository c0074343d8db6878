import type { AllocationStore } from '../allocation/file/store.ts';
import type { Publisher } from '../bird/publish/publisher.ts';
import type { HostFacts } from '../bird/types.ts';
import type { BirdControl, ProtocolStatus } from '../bird-control/types.ts';
import type { Config } from '../config/types.ts';
import type { Kernel, Link, Route } from '../kernel/ports.ts';
import type { Logger } from '../log.ts';
import type { Address } from '../model/address.ts';
import type { PodSource } from '../pods/pod-source.ts';
import type { PodMtu } from '../wiring/host/mtu.ts';
import type { PodFault } from '../wiring/pod-faults.ts';
import type { Problems } from './problem-store.ts';

/** The connection to a BIRD. */
export interface BirdPorts {
  readonly publisher: Publisher;
  readonly control: BirdControl;
}

/** The ports that a change of the configuration can replace. */
export interface ReplaceablePorts extends BirdPorts {
  readonly source: PodSource;
}

/** What the engine works with. Built by the composition root, passed in. */
export interface EnginePorts extends ReplaceablePorts {
  readonly kernel: Kernel;
  readonly store: AllocationStore;
  readonly log: Logger;
  /** The present moment, for `since` and `allocated_at`. */
  readonly now: () => Date;
  /** A uniformly random whole number from 0 to `limit` - 1. */
  readonly random: (limit: bigint) => bigint;
}

/** What the engine has read of its host, besides pods. Read again when the kernel says that links changed. */
export interface HostView {
  /** All links by name. */
  readonly links: ReadonlyMap<string, Link>;
  /** Addresses of the host itself: never given out, never claimed. */
  readonly ownAddresses: ReadonlySet<Address>;
  /** MTU for pods. */
  readonly mtu: PodMtu;
  /** The default routes, and those directly to a link. */
  readonly nearRoutes: readonly Route[];
  /** Names of the links that lead to the peers. */
  readonly leading: ReadonlySet<string>;
  /** What the BIRD configuration depends on, or why it cannot be known. */
  readonly facts: HostFacts | { readonly error: string };
}

/** How much of the host may have changed: each includes those before it. `host` leaves `nearRoutes` alone. */
export type Stale = 'nothing' | 'links' | 'host' | 'routes';

/** The part of the engine's memory that requests and passes share. */
export interface EngineState {
  config: Config;
  host: HostView;
  /** How much of `host` must be read again before the next pass. */
  stale: Stale;
  /** Attachments on their way out, by id: no longer eligible, not yet unwired. */
  readonly releasing: Set<string>;
  /** How many ADDs are in progress. */
  adding: number;
  /** Addresses that wired pods have and no allocation names, with the index of their interface: never given out. */
  readonly reserved: Map<Address, number>;
  /** How many attachments were released since the start because nothing was left of them. */
  released: number;
  /** What keeps packets from pods that have altered their own end, by host interface. */
  altered: ReadonlyMap<string, readonly PodFault[]>;
  /** Host interfaces of pods that a repeated ADD has repaired since they were inspected. */
  readonly rewired: Set<string>;
  /** Peers as BIRD last reported them. */
  peers: readonly ProtocolStatus[];
  /** The problems, each stated by its owner. */
  readonly problems: Problems;
}
