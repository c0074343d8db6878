import { writeFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot, run } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import {
  changeIs,
  changeOf,
  goodReset,
  inForce,
  lostBy,
  onTrial,
  ROUTER_ASN,
  STEADY,
  settled,
  takeBack,
  told,
  trialWorld,
  WRONG_AS,
} from './trial-world.ts';

const OTHER = ['192.0.2.20', '2001:db8:ffff::20'];

describe.skipIf(!isRoot)('an operator who speaks to BIRD too (needs root)', () => {
  const world = trialWorld('trial-operator');
  let other: LabPod;

  beforeAll(async () => {
    const { node } = world();
    other = await node.runPod({ name: 'other', annotations: { anycast: OTHER.join() }, ready: true });
    await told(world(), [...STEADY, ...OTHER]);
    writeFileSync(node.path('bird', 'broken.conf'), 'router id 10.0.1.1;\nprotocol nonsense {}\n');
  });

  afterEach(async () => {
    await takeBack(world(), [...STEADY, ...OTHER]);
    expect(lostBy(world(), 'tor2').filter((text) => STEADY.some((address) => text.includes(address)))).toEqual([]);
  });

  const broken = (): string => `"${world().node.path('bird', 'broken.conf')}"`;

  /** What an operator may do, by name. */
  const ACTIONS: Readonly<Record<string, () => Promise<unknown>>> = {
    'configure undo': () => world().node.birdc('configure undo'),
    configure: () => world().node.birdc('configure'),
    'configure check': () => world().node.birdc('configure check'),
    'configure timeout 5': () => world().node.birdc('configure timeout 5'),
    'a configure that fails': async () => {
      const { stdout } = await run(['birdc', '-s', world().node.bird.socket, 'configure', broken()], {
        allowFailure: true,
      });
      expect(stdout).toContain('syntax error');
    },
    SIGHUP: async () => process.kill(world().node.bird.pid, 'SIGHUP'),
  };
  const act = async (name: string): Promise<unknown> => ACTIONS[name]?.();

  /** Lets the first router answer nothing meanwhile, so that its session does not come back. */
  async function whileAway(work: () => Promise<unknown>): Promise<void> {
    const { pid } = world().routers.tor1;
    process.kill(pid, 'SIGSTOP');
    try {
      await work();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  it('a good change on trial is in force in the end, whatever they do', async () => {
    await whileAway(async () => {
      await onTrial(world(), goodReset(60));
      for (const name of Object.keys(ACTIONS)) await act(name);
    });
    await inForce(world(), ROUTER_ASN, 60);
    await settled(world());
  });

  it('a bad change on trial is undone in the end, whatever they do', async () => {
    await onTrial(world(), WRONG_AS);
    for (const name of Object.keys(ACTIONS)) await act(name);
    await changeIs(world(), 'undone', 20_000);
    expect((await changeOf(world()))?.message).toContain('the previous configuration is in force again');
    await inForce(world(), ROUTER_ASN, 30);
  });

  it('"configure undo" while nothing is on trial brings no address back for long', async () => {
    const { node } = world();
    await node.writePod(podManifest({ ...other.spec, ready: false }));
    await told(world(), STEADY);
    const said = (): number => node.daemon.stderr().split('another program or person has reconfigured BIRD').length;
    const before = said();
    await node.birdc('configure undo');
    await eventually(() => said() > before, 'flockd notices');
    await told(world(), STEADY);
    await eventually(
      async () => !(await node.birdc('show route protocol flock_announce4')).includes(OTHER[0] ?? ''),
      'BIRD has it no more',
    );
    await node.writePod(podManifest({ ...other.spec, ready: true }));
  });
});
