import type { AddressNextHop } from '../advertise/decision.ts';
import type { SessionReset } from '../bird-language/compare/types.ts';
import type { Config } from '../config/types.ts';
import type { Address, Family } from '../model/address.ts';
import type { CommunityText } from '../model/community.ts';
import type { Locate } from './templates/template-lines.ts';

/** One announced address: a `route` line in the generated announcements. */
export interface Announcement {
  readonly address: Address;
  /** Never empty. Sorted by interface. */
  readonly nextHops: readonly AddressNextHop[];
  /** Communities of both kinds that the route carries to every router, sorted; undefined: none. */
  readonly communities?: readonly CommunityText[];
}

/** What rendering needs in addition to the configuration: facts read from this host. */
export interface HostFacts {
  /** Undefined with `bird.mode: include`, in which the operator's file sets it, unless `bgp.routerId` does. */
  readonly routerId: Address | undefined;
  /**
   * Source address towards each peer, by peer name; a peer that is missing here cannot be reached and is rendered as
   * disabled.
   */
  readonly sourceAddresses: ReadonlyMap<string, Address>;
  /** Prefixes of the networks that this host is connected to (never imported), as text, sorted. */
  readonly connectedNetworks: readonly string[];
  /** Families that a session carries and for which the device towards the peer has no address of this host. */
  readonly missingNextHops?: readonly MissingNextHop[];
  /** Shows that the password file of a peer has changed, so that the configuration is rendered again. */
  readonly passwordStamps?: readonly string[];
}

/** A family for whose routes BIRD has no next hop. */
export interface MissingNextHop {
  readonly peer: string;
  readonly family: Family;
  /** Device towards the peer. */
  readonly device: string;
}

/** Input of the whole rendering. */
export interface RenderInput {
  readonly config: Config;
  readonly facts: HostFacts;
}

/** The rendered set of files. */
export interface RenderedFiles {
  /** Text of `bird.conf`, or of `flock.conf` with `bird.mode: include`. */
  readonly config: string;
  /** Text of `flock-announcements.conf`. */
  readonly announcements: string;
}

/** The input of a publish. */
export interface PublishFiles {
  /**
   * Text of `bird.conf` or `flock.conf`. Undefined when it cannot be rendered now: then the one in place is kept, and
   * the announcements are published under it, so that a bad template never holds back a withdrawal.
   */
  readonly config: string | undefined;
  /** Maps the lines of `config` to template lines, for the message when BIRD refuses one. */
  readonly locate?: Locate;
  /** Text of `flock-announcements.conf`. */
  readonly announcements: string;
  /** How a new `config` is to be treated; by default as flockd's configuration says. */
  readonly rules?: PublishRules;
  /**
   * A different number with each edit of the configuration, a template or a password file. A `config` that differs
   * under the same number is due to a change of the host.
   */
  readonly edition?: number;
}

/** What a change of `bird.conf` may and must do. */
export interface PublishRules {
  /** Whether sessions that are up may be reset. */
  readonly allowSessionReset: boolean;
  /** Seconds within which sessions must be back. */
  readonly confirmTimeout: number;
  /** Addresses of the neighbours that the configuration has. */
  readonly neighbors: readonly string[];
  /** Networks of the pools that sessions carry, which are announced as summaries. */
  readonly summaries: readonly string[];
}

/** A change of `bird.conf` that is not confirmed in force. */
export interface PendingChange {
  /** As in `status`: see ChangeJson of the API. */
  readonly state: 'verifying' | 'waits' | 'refused' | 'undone';
  readonly since: Date;
  readonly message: string;
  /** Sessions that are up and that it resets. */
  readonly resets: readonly SessionReset[];
}

/** What a person allows a change to do, once. */
export interface Permission {
  /** Reset sessions that are up. */
  readonly reset: boolean;
  /** Announce less to neighbours than before. */
  readonly withdraw: boolean;
}

/** The result of a publish. */
export type PublishResult =
  /** BIRD has it in force. `changed` is false when BIRD had already accepted the same. */
  | { readonly ok: true; readonly changed: boolean }
  /** BIRD is absent or not answering; the files are in place for its next start if that was safe. */
  | { readonly ok: false; readonly code: 'birdUnavailable'; readonly message: string }
  /**
   * The templates cannot be rendered, BIRD refuses the text, it waits for permission, or it was reverted; BIRD still
   * runs the previous configuration.
   */
  | {
      readonly ok: false;
      readonly code: 'templateError' | 'configurationRefused' | 'changeWaits' | 'changeUndone';
      readonly message: string;
      /** True: the announcements of this publish are still in force, under the previous `bird.conf`. */
      readonly announcementsInForce?: boolean;
    }
  /** With `bird.mode: include`: the files are in place, but the operator's file does not include them. */
  | {
      readonly ok: false;
      readonly code: 'notIncluded';
      readonly message: string;
      /** True: BIRD still has the announcements, through the `bird.conf` from before the mode `include`. */
      readonly announcementsInForce?: boolean;
    }
  /** Files cannot be written. */
  | {
      readonly ok: false;
      readonly code: 'fileError';
      readonly message: string;
      /** True: BIRD still has the announcements, from a reserve or from another place. */
      readonly announcementsInForce?: boolean;
    };

/** The last publish that did or tried something, as `flockctl status` shows it. */
export interface LastPublish {
  /** ISO 8601. */
  readonly at: string;
  readonly ok: boolean;
  /** Empty when `ok`. */
  readonly code: string;
  readonly message: string;
}
