import { z } from 'zod';
import { errorText, FlockError } from '../errors.ts';
import type { AttachmentKey } from '../model/attachment.ts';
import { printable, quoteText } from '../model/printable.ts';
import { MOST_NAME_BYTES } from './environment.ts';
import { CNI_VERSIONS, type CniVersion, isCniVersion, NEWEST_CNI_VERSION, type PreviousResult } from './protocol.ts';

/** A network configuration as received: an object of which nothing more is known. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** libcni writes these keys for GC; the second is the spelling of its first release (containernetworking/cni#1101). */
const VALID_ATTACHMENTS = ['cni.dev/valid-attachments', 'cni.dev/attachments'] as const;

/**
 * Decodes the standard input of the plugin. As in every common JSON parser, the last of two equal keys counts.
 * @throws FlockError `requestUndecodable` when it is not UTF-8, not JSON (RFC 8259), or no object.
 */
export function decodeConfig(stdin: Uint8Array): RawConfig {
  let config: unknown;
  try {
    // Without ignoreBOM a byte order mark, which RFC 8259 forbids, would vanish instead of being refused.
    config = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(stdin));
  } catch (error) {
    // V8 quotes part of the text in its message.
    const why = printable(errorText(error));
    throw new FlockError('requestUndecodable', `network configuration: not JSON: ${why}`, {
      details: '',
      cause: error,
    });
  }
  if (!isObject(config)) throw new FlockError('requestUndecodable', 'network configuration: not a JSON object');
  return config;
}

/**
 * The version that a configuration asks for.
 * @throws FlockError `cniVersionUnsupported`; without the key it is 0.2.0 or older, which flock does not support.
 */
export function parseVersion(config: RawConfig): CniVersion {
  const version = config.cniVersion;
  if (isCniVersion(version)) return version;
  if (version !== undefined && typeof version !== 'string') throw invalid('cniVersion', 'not a string');
  const asked =
    version === undefined ? 'no cniVersion, which means 0.2.0 or older' : `cniVersion ${quoteText(version)}`;
  throw new FlockError(
    'cniVersionUnsupported',
    `network configuration: ${asked}; flock supports ${CNI_VERSIONS.join(', ')}: set "cniVersion" to one of them`,
  );
}

/** The version in which to answer a request that may be unreadable: the one it asks for, else the newest. */
export function answerVersion(stdin: Uint8Array): CniVersion {
  try {
    return parseVersion(decodeConfig(stdin));
  } catch {
    // The answer itself says why it cannot be read; this only chooses its form.
    return NEWEST_CNI_VERSION;
  }
}

/** The network's name. @throws FlockError `configurationInvalid` (CNI specification 1.1.0, section 1, "name"). */
export function parseNetworkName(config: RawConfig): string {
  const { name, type } = config;
  if (typeof name !== 'string' || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    const given = typeof name === 'string' ? quoteText(name) : name === undefined ? 'missing' : 'not a string';
    throw invalid('name', `${given}: must be a letter or digit followed by letters, digits, "_", "." and "-"`);
  }
  if (type !== undefined && typeof type !== 'string') throw invalid('type', 'not a string');
  return name;
}

/** The name of a network that adds an attachment, which is kept with it. @throws FlockError `configurationInvalid` */
export function parseOwnerName(config: RawConfig): string {
  const name = parseNetworkName(config);
  if (name.length <= MOST_NAME_BYTES) return name;
  throw invalid('name', `${quoteText(name)}: longer than ${MOST_NAME_BYTES} characters`);
}

const previousResult = z.object({
  interfaces: z
    .array(z.object({ name: z.string(), mac: z.string().optional(), sandbox: z.string().optional() }))
    .default([]),
  ips: z
    .array(
      z.object({
        address: z.string(),
        gateway: z.string().optional(),
        interface: z.number().int().nonnegative().optional(),
      }),
    )
    .default([]),
});

/**
 * The result of ADD, from a configuration.
 * @throws FlockError `configurationInvalid` when it is not there or not a result.
 */
export function parsePreviousResult(config: RawConfig): PreviousResult {
  if (config.prevResult === undefined) {
    throw invalid('prevResult', 'missing: CHECK compares with what ADD answered, so the runtime must pass it on');
  }
  const parsed = previousResult.safeParse(config.prevResult);
  if (parsed.success) return parsed.data;
  throw invalid(...firstIssue('prevResult', parsed.error));
}

/** The same where it is optional; undefined when it is absent or not a result. */
export function findPreviousResult(config: RawConfig): PreviousResult | undefined {
  return previousResult.safeParse(config.prevResult).data;
}

const attachments = z.array(z.object({ containerID: z.string().min(1), ifname: z.string().min(1) }));

/**
 * The attachments that a runtime calls valid. Undefined when it does not say, and for `null`, which a Go program sends
 * for a list that it never filled: nothing may be removed on that basis.
 * @throws FlockError `configurationInvalid` when any item is not an attachment, since half a list would make the other
 * half look invalid.
 */
export function parseValidAttachments(config: RawConfig): readonly AttachmentKey[] | undefined {
  const key = VALID_ATTACHMENTS.find((known) => config[known] !== undefined && config[known] !== null);
  if (key === undefined) return undefined;
  const parsed = attachments.safeParse(config[key]);
  if (!parsed.success) throw invalid(...firstIssue(key, parsed.error));
  return parsed.data.map(({ containerID, ifname }) => ({ containerId: containerID, ifname }));
}

function firstIssue(key: string, error: z.ZodError): [key: string, rule: string] {
  const issue = error.issues[0];
  return [[key, ...(issue?.path ?? [])].join('.'), issue?.message ?? error.message];
}

function invalid(key: string, rule: string): FlockError {
  return new FlockError('configurationInvalid', `network configuration: ${key}: ${rule}`);
}

function isObject(value: unknown): value is RawConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
