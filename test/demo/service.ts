import { join } from 'node:path';
import { eventually, type Lab, type LabProcess, type Namespace } from '../lab/lab.ts';
import type { FlockNode, LabPod } from '../lab/node.ts';

/** The addresses of the demo's anycast service. */
export const SERVICE = { ip4: '192.0.2.53', ip6: '2001:db8:ffff::53' };

/** One replica: a pod and the web server in it. */
export interface Replica {
  node: FlockNode;
  pod: LabPod;
  server: LabProcess;
}

/** Adds a pod that claims the service, and starts the web server in it, whose readiness its probe asks for every second. */
export async function startReplica(lab: Lab, node: FlockNode): Promise<Replica> {
  const pod = await node.runPod({
    name: 'web',
    annotations: { anycast: `${SERVICE.ip4}, ${SERVICE.ip6}` },
    readinessProbe: { httpGet: { path: '/ready', port: 80 }, periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 1 },
  });
  const program = join(import.meta.dirname, 'replica.ts');
  const server = lab.spawn(pod.namespace, [process.execPath, program, node.namespace.label]);
  await eventually(() => server.stdout().includes('listening'), `the web server of ${node.namespace.label} listens`);
  return { node, pod, server };
}

/**
 * Turns a replica's readiness over and waits until its probe has been told.
 * @returns when that was, in milliseconds since 1970
 */
export async function turnReadiness(replica: Replica): Promise<number> {
  const seen = replica.server.stdout().length;
  replica.server.kill('SIGUSR2');
  const told = await eventually(
    () => /(?:un)?ready ([\d.]+)\n/.exec(replica.server.stdout().slice(seen))?.[1],
    'the probe has been told of the change',
  );
  return Number(told);
}

/** Sends requests from a namespace and counts who answered. */
export async function request(from: Namespace, address: string, count: number): Promise<Record<string, number>> {
  const url = `http://${address.includes(':') ? `[${address}]` : address}/`;
  const program = join(import.meta.dirname, 'requests.ts');
  const { stdout } = await from.exec([process.execPath, program, url, String(count)], { timeoutMs: 60_000 });
  return JSON.parse(stdout) as Record<string, number>;
}
