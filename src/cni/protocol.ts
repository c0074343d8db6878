import type { AttachmentKey, PodRef } from '../model/attachment.ts';

/** Versions of the CNI specification that flock supports, oldest first. The plugin carries the same list. */
export const CNI_VERSIONS = ['0.4.0', '1.0.0', '1.1.0'] as const;

/** A version of the CNI specification that flock supports. */
export type CniVersion = (typeof CNI_VERSIONS)[number];

/** The version of an answer to a request that names none, or none that flock supports. */
export const NEWEST_CNI_VERSION: CniVersion = '1.1.0';

/** Whether flock supports a version. */
export function isCniVersion(version: unknown): version is CniVersion {
  return CNI_VERSIONS.some((known) => known === version);
}

/** The verbs of the CNI specification 1.1.0. */
export const CNI_COMMANDS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION'] as const;

export type CniCommand = (typeof CNI_COMMANDS)[number];

/** What all verbs except VERSION take from their network configuration. */
interface ConfiguredRequest {
  readonly version: CniVersion;
  /** Name of the network. */
  readonly network: string;
  /** The network configuration as received, for keys that runtimes add (`runtimeConfig`). Hostile until parsed. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Wire a pod. */
interface AddRequest extends ConfiguredRequest, AttachmentKey {
  readonly command: 'ADD';
  /** Path of the pod's network namespace. */
  readonly netns: string;
  readonly pod: PodRef;
  /** All pairs of CNI_ARGS, for keys other than the pod's identity (`IP`, `MAC`). Hostile until parsed. */
  readonly args: ReadonlyMap<string, string>;
}

/** Unwire a pod. Requires as little as possible, since a refused DEL keeps the container from being removed. */
interface DelRequest extends ConfiguredRequest, AttachmentKey {
  readonly command: 'DEL';
  /** Undefined when the runtime no longer has the namespace. */
  readonly netns: string | undefined;
  /** The result of ADD, if the runtime still has it and it can be read. */
  readonly prevResult: PreviousResult | undefined;
}

/** Compare the actual state with what ADD set up. */
interface CheckRequest extends ConfiguredRequest, AttachmentKey {
  readonly command: 'CHECK';
  readonly netns: string;
  readonly prevResult: PreviousResult;
}

/** Remove what belongs to no valid attachment. */
interface GcRequest extends ConfiguredRequest {
  readonly command: 'GC';
  /** Undefined: the runtime did not say which are valid, so nothing may be removed. Empty: none is. */
  readonly validAttachments: readonly AttachmentKey[] | undefined;
}

/** Report whether ADD would be served. */
interface StatusRequest extends ConfiguredRequest {
  readonly command: 'STATUS';
}

/** Report the versions. */
export interface VersionRequest {
  readonly command: 'VERSION';
  /** As the runtime wrote it; flock need not support it. */
  readonly version: string;
}

/** One call of a container runtime, parsed. */
export type CniRequest = AddRequest | DelRequest | CheckRequest | GcRequest | StatusRequest | VersionRequest;

/** The parts of an earlier result that a request is compared with. Plugins after ours may have added to them. */
export interface PreviousResult {
  readonly interfaces: readonly {
    readonly name: string;
    readonly mac?: string | undefined;
    readonly sandbox?: string | undefined;
  }[];
  readonly ips: readonly {
    readonly address: string;
    readonly gateway?: string | undefined;
    /** Index into `interfaces`. */
    readonly interface?: number | undefined;
  }[];
}

/** Result of ADD (CNI specification 1.1.0, section 5, "Add Success"). Keys that a version does not have are omitted. */
export interface AddResult {
  readonly cniVersion: CniVersion;
  readonly interfaces: readonly ResultInterface[];
  readonly ips: readonly ResultIp[];
  readonly routes: readonly ResultRoute[];
  readonly dns: Readonly<Record<string, never>>;
}

interface ResultInterface {
  readonly name: string;
  readonly mac: string;
  /** Since 1.1.0. */
  readonly mtu?: number;
  /** Path of the namespace; absent on the host's side. */
  readonly sandbox?: string;
}

export interface ResultIp {
  /** Only in 0.4.0. */
  readonly version?: '4' | '6';
  /** Index into `interfaces`. */
  readonly interface: number;
  readonly address: string;
  readonly gateway: string;
}

export interface ResultRoute {
  readonly dst: string;
  readonly gw?: string;
  /** Kernel scope number, since 1.1.0. */
  readonly scope?: number;
}

/** Error for a runtime (CNI specification 1.1.0, section 5, "Error"). */
export interface CniErrorJson {
  readonly cniVersion: CniVersion;
  readonly code: number;
  readonly msg: string;
  readonly details: string;
}
