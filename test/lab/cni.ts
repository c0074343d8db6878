import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import type { CommandResult } from './process.ts';

/** The built programs. `npm run build` makes them. */
export const DIST = join(import.meta.dirname, '../../dist');

/** What a container runtime tells a plugin of an attachment. */
export interface CniRequest {
  containerId: string;
  /** Path of the sandbox, `CNI_NETNS`. */
  netns: string;
  /** Default `eth0`. */
  ifname?: string;
  /** `CNI_ARGS`, for instance `K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-1`. */
  args?: string;
}

/** The part of a CNI result that tests look at; the version decides what else there is (CNI specification, "Success"). */
export interface CniResult {
  cniVersion: string;
  interfaces: { name: string; mac: string; sandbox?: string }[];
  ips: { address: string; gateway: string; interface: number }[];
  routes: { dst: string; gw?: string }[];
}

/** A plugin that ended with an error object (CNI specification, "Error"). */
export class CniFailure extends Error {
  override readonly name = 'CniFailure';
  readonly code: number;
  readonly details: string;

  constructor(verb: string, code: number, msg: string, details: string) {
    super(`${verb}: CNI error ${code}: ${msg}`);
    this.code = code;
    this.details = details;
  }
}

/** Environment of a plugin for one verb. */
export function cniEnvironment(verb: string, request: CniRequest | undefined, path: string): Record<string, string> {
  if (request === undefined) return { CNI_COMMAND: verb, CNI_PATH: path };
  return {
    CNI_COMMAND: verb,
    CNI_PATH: path,
    CNI_CONTAINERID: request.containerId,
    CNI_NETNS: request.netns,
    CNI_IFNAME: request.ifname ?? 'eth0',
    CNI_ARGS: request.args ?? '',
  };
}

/** Runs a plugin as a runtime does, in the node's namespace; returns what it said, whatever its exit status. */
export async function runPlugin(
  node: Namespace,
  plugin: string,
  verb: string,
  netconf: object,
  request: CniRequest | undefined,
): Promise<CommandResult> {
  return node.exec([plugin], {
    env: cniEnvironment(verb, request, join(plugin, '..')),
    stdin: JSON.stringify(netconf),
    allowFailure: true,
    timeoutMs: 30_000,
  });
}

/**
 * The JSON that a plugin printed, `undefined` for an empty answer (DEL, CHECK, STATUS).
 * @throws CniFailure when the plugin reported an error.
 */
export function cniAnswer(verb: string, { code, stdout, stderr }: CommandResult): unknown {
  let answer: unknown;
  try {
    answer = stdout.trim() === '' ? undefined : JSON.parse(stdout);
  } catch (cause) {
    throw new Error(`${verb}: exit status ${code}, and no JSON: ${stdout}${stderr}`, { cause });
  }
  if (code === 0) return answer;
  const error = answer as { code?: number; msg?: string; details?: string } | undefined;
  if (error?.code === undefined)
    throw new Error(`${verb}: exit status ${code} without an error object: ${stdout}${stderr}`);
  throw new CniFailure(verb, error.code, error.msg ?? '', error.details ?? '');
}
