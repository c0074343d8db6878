import { hostname } from 'node:os';
import { FlockError } from '../errors.ts';
import { readText } from '../files/read-text.ts';
import { readYaml } from '../files/yaml.ts';
import { FAMILIES } from '../model/address.ts';
import { escapeText, quoteText } from '../model/printable.ts';
import { crossIssues } from './cross-checks.ts';
import { type ConfigIssue, describeIssues, issuesOf } from './issues.ts';
import { carriedFamilies, defaultImport } from './peer-rules.ts';
import type { ParsedPeer } from './schema/peer-schema.ts';
import { configSchema, type ParsedConfig } from './schema/schema.ts';
import type { Config, Peer } from './types.ts';

/** Size above which a configuration is refused; a thousand peers and rules are far smaller. */
export const MAX_CONFIG_BYTES = 1_048_576;

/** What the configuration takes from its environment. */
interface ConfigDefaults {
  /** Name of the host, for `node`. */
  readonly hostname: string;
  /** Path of the file, for messages. */
  readonly file?: string;
}

/**
 * Reads the text of a configuration.
 * @returns the configuration with every default filled in.
 * @throws FlockError `configurationInvalid`; its message has one line per error, with line number, key path, value and
 * rule.
 */
export function parseConfig(text: string, { hostname: host, file = 'the configuration' }: ConfigDefaults): Config {
  const invalid = (lines: readonly string[]): FlockError =>
    new FlockError('configurationInvalid', [`${file} is not valid:`, ...lines.map((line) => `  ${line}`)].join('\n'));
  const [document, second] = readYaml(text);
  if (document === undefined) throw invalid(['it is empty; one pool and bgp.asn are required']);
  if (!document.ok) {
    const { line, column, message } = document.fault;
    throw invalid([`line ${line}, column ${column}: ${escapeText(message, 500)}`]);
  }
  if (second !== undefined) {
    const line = second.ok ? second.lineOf([]) : second.fault.line;
    const rule = 'there is a second YAML document; remove it, and every line --- except one at the top';
    throw invalid([`line ${line}: ${rule}`]);
  }
  const parsed = configSchema.safeParse(document.value);
  const issues = parsed.success ? crossIssues(parsed.data) : issuesOf(parsed.error, document.value);
  if (parsed.success && parsed.data.node === undefined) issues.push(...hostnameIssues(host));
  if (parsed.success && issues.length === 0) return resolveConfig(parsed.data, host);
  throw invalid(describeIssues(issues, document.value, (path) => document.lineOf(path)));
}

/**
 * Reads the configuration file.
 * @throws FlockError `configurationInvalid` when it is missing, unreadable or not valid.
 */
export async function loadConfig(path: string): Promise<Config> {
  return parseReading(readText(path, MAX_CONFIG_BYTES), path);
}

/** The configuration from a reading of its file; see `loadConfig`. */
export function parseReading(reading: ReturnType<typeof readText>, path: string, host: string = hostname()): Config {
  if (reading.kind === 'text') return parseConfig(reading.text, { hostname: host, file: path });
  const why =
    reading.kind === 'missing'
      ? 'does not exist; create it, or choose another file with --config'
      : `cannot be read: ${reading.message}`;
  throw new FlockError('configurationInvalid', `the configuration ${path} ${why}`);
}

function hostnameIssues(host: string): ConfigIssue[] {
  if (configSchema.shape.node.safeParse(host).success) return [];
  return [{ path: ['node'], rule: `is required, since the host name ${quoteText(host)} cannot be used` }];
}

function resolveConfig(parsed: ParsedConfig, host: string): Config {
  const { pools, defaults, metrics, bgp } = parsed;
  return {
    ...parsed,
    node: parsed.node ?? host,
    pools: { ip6: pools.ipv6, ip4: pools.ipv4 },
    defaults: {
      ipv6: defaults.ipv6 && pools.ipv6 !== undefined,
      ipv4: defaults.ipv4 && pools.ipv4 !== undefined,
      ipAlgo: defaults.ipAlgo,
    },
    bgp: { asn: bgp.asn, routerId: bgp.routerId, peers: bgp.peers.map(resolvePeer) },
    metrics: metrics?.listen,
  };
}

function resolvePeer(peer: ParsedPeer): Peer {
  return {
    ...peer,
    families: FAMILIES.filter((family) => carriedFamilies(peer).includes(family)),
    import: peer.import ?? defaultImport(peer),
    sourceAddress: peer.sourceAddress,
  };
}
