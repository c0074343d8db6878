import { describe, expect, it } from 'vitest';
import { eventually, isRoot, Lab } from '../lab/lab.ts';
import { FlockNode, Router } from '../lab/node.ts';
import { healed, problemsOf, told } from './problems.ts';

const POOLS = { ipv4: '10.1.0.0/24', ipv6: '2001:db8:1::/64' };
const tor = (families: readonly string[]) => ({ name: 'tor', address: '10.0.0.254', asn: 64600, families });

describe.skipIf(!isRoot)('a session over a link without an address of a family that it carries (needs root)', () => {
  it('shows as a problem, and BIRD indeed announces nothing of that family', async () => {
    await using lab = await Lab.create('no-next-hop');
    const [router, namespace] = [await lab.namespace('router'), await lab.namespace('node1')];
    await lab.connect(router, 'down0', namespace, 'up0', { a: ['10.0.0.254/24'], b: ['10.0.0.1/24'] });
    const neighbours = [{ name: 'node1', address: '10.0.0.1', asn: 64601 }];
    const running = await Router.start(lab, router, { asn: 64600, routerId: '10.0.0.254', neighbours });
    const both = { asn: 64601, peers: [tor(['ipv4', 'ipv6'])] };
    const node = await FlockNode.create(lab, namespace, { pools: POOLS, bgp: both });
    await node.startBird();
    await node.startDaemon();
    await told(node, 'nextHopMissing', 'bgp.peers.tor: up0 has no global IPv6 address');
    const networks = async () => (await running.kernelRoutes()).map(({ dst }) => dst);
    await eventually(async () => (await networks()).includes(POOLS.ipv4), "the router has the node's IPv4 pool");
    expect(await networks()).not.toContain(POOLS.ipv6);
    // The session has to begin anew without the family, which is what the operator asks for here.
    await node.configure({
      bgp: { ...both, peers: [tor(['ipv4'])] },
      bird: { ...(node.config.bird as object), allowSessionReset: true },
    });
    await healed(node);
  });

  it('is a problem until the session is restarted, also when the device has got an address since', async () => {
    await using lab = await Lab.create('late-next-hop');
    const [router, namespace] = [await lab.namespace('router'), await lab.namespace('node1')];
    await lab.connect(router, 'down0', namespace, 'up0', {
      a: ['10.0.0.254/24', '2001:db8:5::fe/64'],
      b: ['10.0.0.1/24'],
    });
    const neighbours = [{ name: 'node1', address: '10.0.0.1', asn: 64601 }];
    const running = await Router.start(lab, router, { asn: 64600, routerId: '10.0.0.254', neighbours });
    const advertise = { allow: [{ prefixes: ['2001:db8:ffff::/48'], namespaces: ['*'] }] };
    const bgp = { asn: 64601, peers: [tor(['ipv4', 'ipv6'])] };
    const node = await FlockNode.create(lab, namespace, { pools: POOLS, advertise, bgp });
    await node.startBird();
    await node.startDaemon();
    await node.runPod({ name: 'web', annotations: { anycast: '2001:db8:ffff::1' }, ready: true });
    await told(node, 'nextHopMissing', 'up0');
    const networks = async () => (await running.kernelRoutes()).map(({ dst }) => dst);
    await eventually(async () => (await networks()).includes(POOLS.ipv4), "the router has the node's IPv4 pool");
    await namespace.exec(['ip', 'address', 'add', '2001:db8:5::1/64', 'dev', 'up0', 'nodad']);
    await told(node, 'nextHopMissing', 'session tor', 'birdc restart');
    const [shown] = (await node.flockctlJson('addresses')) as { state: string; reason: string }[];
    expect(shown).toMatchObject({ state: 'withheld', reason: 'noPeer' });
    const command = (await problemsOf(node)).map(({ message }) => /"birdc (restart \S+)"/.exec(message)?.[1]);
    await node.bird.birdc(command.find((one) => one !== undefined) ?? '');
    await healed(node);
    await eventually(async () => {
      const seen = await networks();
      return seen.includes(POOLS.ipv6) && seen.includes('2001:db8:ffff::1');
    }, 'the router has pool and claim');
  });
});
