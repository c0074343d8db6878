import type { FlockNode } from '../../lab/node.ts';

/** The sessions that are up for a node, each with the time since when. */
export async function establishedSessions(node: FlockNode): Promise<string[]> {
  return (await node.birdc('show protocols'))
    .split('\n')
    .filter((line) => line.includes('Established'))
    .map((line) => line.replace(/\s+/g, ' '));
}

/** The prefixes that a node has from a session, in the order of text. */
export async function routesFrom(node: FlockNode, session: string): Promise<string[]> {
  const text = await node.birdc(`show route protocol ${session}`);
  return [...text.matchAll(/^([0-9a-f:][0-9a-f.:]*\/\d+) /gm)].map((match) => match[1] ?? '').sort();
}

/** Whether the node's kernel has a default route to the router, for IPv4 and for IPv6. */
export async function defaultRoutes(node: FlockNode): Promise<boolean[]> {
  const shown = [4, 6].map((family) => node.namespace.exec(['ip', `-${family}`, 'route', 'show', 'default']));
  return (await Promise.all(shown)).map(({ stdout }) => stdout.includes('dev uplink0'));
}

/** The node's link-local address on the link to the router. */
export async function linkLocalAddress(node: FlockNode): Promise<string> {
  const shown = ['ip', '-6', '-brief', 'address', 'show', 'dev', 'uplink0', 'scope', 'link'];
  const { stdout } = await node.namespace.exec(shown);
  const address = /(fe80::[0-9a-f:]+)\/64/.exec(stdout)?.[1];
  if (address === undefined) throw new Error(`${node.namespace.label}: no link-local address on uplink0: ${stdout}`);
  return address;
}
