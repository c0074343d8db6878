import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../lab/lab.ts';
import { RouteMonitor, wallClock } from '../lab/route-monitor.ts';
import { debianTree, missingForBoot } from './debian-tree.ts';
import { ANYCAST4, ANYCAST6, CLAIMS, FlockHost } from './flock-host.ts';

const missing = missingForBoot();
const needs = missing.length === 0 ? '' : ` (missing: ${missing.join(', ')})`;

/**
 * Ready by a probe of which one run is always in progress: the first succeeds, the second one never ends by itself. One
 * failure would be enough to withdraw the pod.
 */
const PENDING_PROBE = {
  exec: { command: ['sh', '-c', 'if mkdir /tmp/probed 2>/dev/null; then exit 0; fi; touch /tmp/pending; sleep 600'] },
  periodSeconds: 1,
  timeoutSeconds: 600,
  failureThreshold: 1,
};

/** A state of the machine without services, to be reached by one transaction, as a shutdown is. */
const EVENING = '[Unit]\nAllowIsolate=yes\nRequires=basic.target\nAfter=basic.target\n';

describe.skipIf(missing.length > 0)(`the end of flockd.service on a Debian booted by systemd${needs}`, () => {
  beforeAll(async () => {
    await debianTree();
  });

  it('changes nothing that is announced, routed or wired when it stops, crashes and starts again', async () => {
    await using host = await FlockHost.boot('stop');
    await host.start();
    const pod = await host.addPod({ name: 'web', annotations: CLAIMS, readinessProbe: PENDING_PROBE });
    const addresses = [ANYCAST4, ANYCAST6, pod.ip4, pod.ip6];
    await host.announced(ANYCAST4);
    await host.announced(ANYCAST6);
    await host.healthy();
    expect(await host.birdc(`show route for ${ANYCAST4}`)).toMatch(/^192\.0\.2\.53\/32\s+unicast \[flock_announce4/m);
    for (const address of addresses) await host.ping(address);
    await eventually(() => host.machine.sh('ls /tmp/pending'), 'a probe is in progress');
    const before = await host.network();
    const allocations = await host.machine.sh('cat /var/lib/flock/allocations.json');
    const withdrawals = await RouteMonitor.start(host.lab, host.router.namespace);
    const since = wallClock();

    await host.machine.exec(['systemctl', 'stop', 'flockd'], { timeoutMs: 20_000 });
    expect(await host.unit()).toMatchObject({ ActiveState: 'inactive', Result: 'success' });
    expect(await host.network()).toEqual(before);
    for (const address of addresses) await host.ping(address);

    await host.machine.sh('rmdir /tmp/probed');
    await host.start();
    await host.machine.sh('kill -KILL $(systemctl show flockd --property=MainPID --value)');
    await host.machine.sh('rmdir /tmp/probed 2>/dev/null || true');
    const unit = await eventually(async () => {
      const now = await host.unit();
      return now.NRestarts === '1' && now.ActiveState === 'active' ? now : undefined;
    }, 'systemd has started flockd again');
    expect(unit.SubState).toBe('running');
    await eventually(async () => {
      const [shown] = (await host.ask('pods')) as { name: string; ready: boolean }[];
      return shown?.name === 'web' && shown.ready;
    }, 'the pod is ready for the new daemon');
    expect(await host.network()).toEqual(before);
    for (const address of addresses) await host.ping(address);
    expect(await host.machine.sh('cat /var/lib/flock/allocations.json')).toBe(allocations);
    expect(withdrawals.events(since)).toEqual([]);

    await host.plugin('DEL', pod.request);
    await eventually(
      async () => (await host.router.nextHops(ANYCAST4)).length === 0,
      'the new daemon withdraws the pod when it goes',
    );
  });

  it('stops before BIRD does when both stop, as at shutdown', async () => {
    await using host = await FlockHost.boot('order');
    await host.start();
    await host.machine.write('/etc/systemd/system/evening.target', EVENING);
    await host.machine.exec(['systemctl', 'daemon-reload']);
    await host.machine.exec(['systemctl', 'isolate', 'evening.target'], { timeoutMs: 20_000 });
    const stops = 'journalctl --output=cat --no-pager _PID=1 | grep -oE "^Stopp(ed|ing) (flockd|bird)"';
    const order = await eventually(async () => {
      const lines = (await host.machine.sh(stops)).split('\n');
      return lines.length === 4 ? lines : undefined;
    }, 'both have stopped');
    expect(order).toEqual(['Stopping flockd', 'Stopped flockd', 'Stopping bird', 'Stopped bird']);
  });
});
