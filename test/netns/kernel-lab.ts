import { openKernel } from '../../src/kernel/kernel.ts';
import type { Change, ChangeResult, Kernel, Link, NamespaceHandle, NetworkNamespace } from '../../src/kernel/ports.ts';
import { Lab, type Namespace } from '../lab/lab.ts';

/** A host and a pod in private namespaces, each with its way in. */
export interface KernelLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly hostNamespace: Namespace;
  readonly podNamespace: Namespace;
  readonly kernel: Kernel;
  readonly host: NetworkNamespace;
  readonly pod: NamespaceHandle;
}

export async function openKernelLab(purpose: string): Promise<KernelLab> {
  const lab = await Lab.create(purpose);
  const hostNamespace = await lab.namespace('host');
  const podNamespace = await lab.namespace('pod');
  const kernel = openKernel({ hostNamespace: hostNamespace.path });
  const pod = kernel.openNamespace(podNamespace.path);
  return {
    lab,
    hostNamespace,
    podNamespace,
    kernel,
    host: kernel.host,
    pod,
    [Symbol.asyncDispose]: async () => {
      pod.close();
      kernel.close();
      await lab[Symbol.asyncDispose]();
    },
  };
}

/** Makes a veth that is up at both ends. @returns both ends. */
export async function veth(world: KernelLab, name: string, peer: string): Promise<{ host: Link; pod: Link }> {
  const number = Number.parseInt(name.slice(-2), 16).toString(16).padStart(2, '0');
  await applied(world.host, [
    {
      kind: 'createVeth',
      name,
      mac: `02:00:00:00:00:${number}`,
      mtu: 1400,
      peer: { name: peer, mac: `02:00:00:00:01:${number}`, namespaceFd: world.pod.fd },
    },
  ]);
  const ends = { host: await linkOf(world.host, name), pod: await linkOf(world.pod, peer) };
  await applied(world.host, [{ kind: 'setLink', linkIndex: ends.host.index, addrGenModeNone: true, up: true }]);
  await applied(world.pod, [{ kind: 'setLink', linkIndex: ends.pod.index, addrGenModeNone: true, up: true }]);
  return ends;
}

export async function linkOf(namespace: NetworkNamespace, name: string): Promise<Link> {
  const link = await namespace.link(name);
  if (link === undefined) throw new Error(`no link ${name}`);
  return link;
}

/** Applies changes that must all succeed. */
export async function applied(namespace: NetworkNamespace, changes: readonly Change[]): Promise<void> {
  for (const [index, result] of (await namespace.apply(changes)).entries()) {
    if (!result.ok) throw new Error(`${JSON.stringify(changes[index])}: ${result.errno} ${result.message ?? ''}`);
  }
}

export const codes = (results: readonly ChangeResult[]): string[] => results.map((r) => (r.ok ? 'ok' : r.errno));

/** What `ip -j` prints in a namespace. */
export async function ipJson(namespace: Namespace, ...argv: string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await namespace.exec(['ip', '-d', '-j', ...argv]);
  const list: unknown = stdout.trim() === '' ? [] : JSON.parse(stdout);
  if (!Array.isArray(list)) throw new Error(stdout);
  return list.filter((entry) => Object.keys(entry).length > 0);
}
