import { FlockError } from '../errors.ts';
import { parseCniArgs, podOfArgs } from './args.ts';
import { type CniEnvironment, parseAttachment, parseCommand, parseNetns } from './environment.ts';
import {
  decodeConfig,
  findPreviousResult,
  parseNetworkName,
  parseOwnerName,
  parsePreviousResult,
  parseValidAttachments,
  parseVersion,
  type RawConfig,
} from './network-config.ts';
import { type CniRequest, NEWEST_CNI_VERSION } from './protocol.ts';

export { decodeCniBody } from './body.ts';

/**
 * Reads one call of a container runtime (CNI specification 1.1.0, section 2).
 * @param env the CNI_* variables; @param stdin the network configuration, as bytes.
 * @throws FlockError with the code for the runtime: `environmentInvalid`, `requestUndecodable`,
 * `cniVersionUnsupported` or `configurationInvalid`.
 */
export function parseCniRequest(env: CniEnvironment, stdin: Uint8Array): CniRequest {
  const command = parseCommand(env);
  if (command === 'VERSION') return { command, version: versionAsked(stdin) };
  const config = decodeConfig(stdin);
  const common = { version: parseVersion(config), network: parseNetworkName(config), config };
  switch (command) {
    case 'ADD': {
      const attachment = parseAttachment(env);
      const netns = parseNetns(env);
      refuseChained(config);
      const args = parseCniArgs(env.get('CNI_ARGS') ?? '');
      const network = parseOwnerName(config);
      return { command, ...common, network, ...attachment, netns, args, pod: podOfArgs(args, attachment.containerId) };
    }
    case 'DEL':
      // CNI_ARGS is ignored: what ADD refused must still be deletable, and DEL needs no pod.
      return {
        command,
        ...common,
        ...parseAttachment(env),
        netns: env.get('CNI_NETNS') || undefined,
        prevResult: findPreviousResult(config),
      };
    case 'CHECK': {
      const attachment = parseAttachment(env);
      return { command, ...common, ...attachment, netns: parseNetns(env), prevResult: parsePreviousResult(config) };
    }
    case 'GC':
      return { command, ...common, validAttachments: parseValidAttachments(config) };
    case 'STATUS':
      return { command, ...common };
  }
}

/** The plugin answers VERSION itself; this serves direct requests to the socket. Old runtimes send no configuration. */
function versionAsked(stdin: Uint8Array): string {
  if (/^[ \t\r\n]*$/.test(Buffer.from(stdin).toString('latin1'))) return NEWEST_CNI_VERSION;
  const version = decodeConfig(stdin).cniVersion;
  return typeof version === 'string' ? version : NEWEST_CNI_VERSION;
}

/** An ADD has an earlier result only after another plugin, whose interface flock would have to share. */
function refuseChained(config: RawConfig): void {
  if (config.prevResult === undefined || config.prevResult === null) return;
  throw new FlockError(
    'configurationInvalid',
    'network configuration: prevResult: flock creates the interface of the pod and must be the first plugin in its list',
  );
}
