import { beforeAll, describe, expect, it } from 'vitest';
import { CniFailure } from '../lab/cni.ts';
import { eventually } from '../lab/lab.ts';
import { debianTree, missingForBoot } from './debian-tree.ts';
import { ANYCAST4, CLAIMS, FlockHost } from './flock-host.ts';

const missing = missingForBoot();
const needs = missing.length === 0 ? '' : ` (missing: ${missing.join(', ')})`;

const POD = { name: 'web', annotations: CLAIMS };

/** Bit of each capability (linux/capability.h). */
const BITS = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_NET_ADMIN: 12,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
} as const;

/** What does not work; empty when everything does. */
type Failure = 'start' | 'ADD' | 'publish' | '';

/** What the operator is told when a capability is missing. Where it is about BIRD, pods are wired all the same. */
const WITHOUT: { without: keyof typeof BITS; fails: Failure; says: RegExp }[] = [
  { without: 'CAP_NET_ADMIN', fails: 'start', says: /sysctl net\/ipv4\/ip_forward cannot be set to 1.*EPERM/ },
  { without: 'CAP_SYS_ADMIN', fails: 'ADD', says: /cannot enter the network namespace .*EPERM.*CAP_SYS_ADMIN/ },
  { without: 'CAP_SYS_PTRACE', fails: 'ADD', says: /cannot open the network namespace .*CAP_SYS_PTRACE/ },
  { without: 'CAP_DAC_OVERRIDE', fails: 'publish', says: /EACCES: permission denied/ },
  { without: 'CAP_CHOWN', fails: 'publish', says: /EPERM: operation not permitted, f?chown/ },
];

/** What goes wrong when flockd is started, a pod is added and should be announced, and in which words. */
async function complaint(host: FlockHost): Promise<{ fails: Failure; says: string }> {
  const started = await host.machine.exec(['systemctl', 'restart', 'flockd'], { allowFailure: true });
  if (started.code !== 0) return { fails: 'start', says: await host.journal() };
  try {
    await host.addPod(POD);
  } catch (error) {
    if (error instanceof CniFailure) return { fails: 'ADD', says: `${error.message} ${error.details}` };
    throw error;
  }
  return eventually(async () => {
    if ((await host.router.nextHops(ANYCAST4)).length === 1) return { fails: '', says: '' };
    const { problems } = (await host.ask('status')) as { problems: { code: string; message: string }[] };
    const problem = problems.find(({ code }) => code === 'fileError');
    return problem && { fails: 'publish', says: problem.message };
  }, 'the pod is announced, or flockctl says why not');
}

describe.skipIf(missing.length > 0)(`the confinement of flockd.service on a Debian booted by systemd${needs}`, () => {
  beforeAll(async () => {
    await debianTree();
  });

  it('leaves the capabilities that are proved here and no other', async () => {
    await using host = await FlockHost.boot('capabilities');
    await host.start();
    const line = 'grep -E "^Cap(Prm|Eff|Bnd)" /proc/$(systemctl show flockd --property=MainPID --value)/status';
    const shown = (await host.machine.sh(line))
      .split('\n')
      .map((text) => Number.parseInt(text.split(':')[1] ?? '', 16));
    const wanted = Object.values(BITS).reduce<number>((set, bit) => set + 2 ** bit, 0);
    expect(shown).toEqual([wanted, wanted, wanted]);
  });

  it.each(WITHOUT)('lets $fails fail without $without', async ({ without, fails, says }) => {
    await using host = await FlockHost.boot(without);
    const dropIn = '/etc/systemd/system/flockd.service.d/less.conf';
    await host.machine.write(dropIn, `[Service]\nCapabilityBoundingSet=~${without}\n`);
    await host.machine.exec(['systemctl', 'daemon-reload']);
    const found = await complaint(host);
    expect(found.says).toMatch(says);
    expect(found.fails).toBe(fails);

    await host.machine.sh(`rm ${dropIn}; systemctl daemon-reload; systemctl stop pod-web 2>/dev/null || true`);
    expect(await complaint(host)).toEqual({ fails: '', says: '' });
  });

  it('sees namespaces that are mounted after its start, lets them go, and runs probes in them', async () => {
    await using host = await FlockHost.boot('named namespaces');
    await host.start();
    await host.machine.sh('ip netns add late');
    const exec = { command: ['ip', 'netns', 'exec', 'late', 'ip', 'address', 'show', 'dev', 'eth0'] };
    const readinessProbe = { exec, periodSeconds: 1 };
    const pod = await host.addPod({ name: 'late', annotations: CLAIMS, readinessProbe }, '/var/run/netns/late');
    await host.announced(ANYCAST4);
    await host.ping(ANYCAST4);
    await host.ping(pod.ip6);

    const device = pod.result.interfaces[0]?.name ?? '';
    await host.machine.sh('ip netns delete late');
    await eventually(
      async () => !(await host.machine.sh('ls /sys/class/net')).split('\n').includes(device),
      'the namespace and its interface are gone although flockd has seen it',
    );
    await host.plugin('DEL', pod.request);
  });
});
