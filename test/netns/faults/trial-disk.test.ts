import { afterEach, describe, expect, it } from 'vitest';
import { eventually, isRoot, run } from '../../lab/lab.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import {
  changeIs,
  changeOf,
  edit,
  goodReset,
  inForce,
  onTrial,
  ROUTER_ASN,
  STEADY,
  settled,
  statusOf,
  takeBack,
  told,
  tor1InForce,
  trialWorld,
  WRONG_AS,
} from './trial-world.ts';

const AS_BEFORE = `AS ${ROUTER_ASN}, hold time 30`;

describe.skipIf(!isRoot)('a folder that cannot be written while bird.conf changes (needs root)', () => {
  const world = trialWorld('trial-disk');

  /** Nothing in BIRD's folder can be made, renamed or removed: the immutable flag of a folder, see chattr(1). */
  async function closed<T>(work: () => Promise<T>): Promise<T> {
    const folder = world().node.path('bird');
    await run(['chattr', '+i', folder]);
    try {
      return await work();
    } finally {
      await run(['chattr', '-i', folder]);
    }
  }

  /** Files can be made, and nothing can be written into them, as on a full disk (RLIMIT_FSIZE, see setrlimit(2)). */
  async function full<T>(work: () => Promise<T>): Promise<T> {
    const limit = (size: string) => run(['prlimit', `--pid=${world().node.daemon.pid}`, `--fsize=${size}`]);
    await limit('0:unlimited');
    try {
      return await work();
    } finally {
      await limit('unlimited:unlimited');
    }
  }

  const problem = (code: string): Promise<unknown> =>
    eventually(async () => (await statusOf(world())).problems.some((one) => one.code === code), `${code} is told`);

  afterEach(() => takeBack(world()));

  it('that is full before a change leaves everything as it is, and the change comes when there is room', async () => {
    await full(async () => {
      await edit(world(), goodReset(60));
      await problem('fileError');
      expect(await tor1InForce(world())).toEqual({ file: AS_BEFORE, running: AS_BEFORE });
    });
    await inForce(world(), ROUTER_ASN, 60);
    await settled(world());
  });

  it('that is closed while a bad change is on trial has BIRD go back alone, and the file when it is open', async () => {
    await onTrial(world(), WRONG_AS);
    await closed(async () => {
      await eventually(
        async () => (await changeOf(world()))?.message.includes('cannot end the trial'),
        'status tells of the file',
        10_000,
      );
      await told(world(), STEADY);
    });
    await changeIs(world(), 'undone');
    await inForce(world(), ROUTER_ASN, 30);
  });

  it('that is closed while pods flip and a bad change is on trial has BIRD go back, and still follow the pods', async () => {
    const { node } = world();
    const [flips, was] = ['192.0.2.251', '192.0.2.252'];
    const pod = await node.runPod({ name: 'flips', annotations: { anycast: flips }, ready: false });
    const gone = await node.runPod({ name: 'gone', annotations: { anycast: was }, ready: true });
    const { spec } = pod;
    await told(world(), [...STEADY, was]);
    await onTrial(world(), WRONG_AS);
    // The configure of an announcement ends BIRD's own timer.
    await node.writePod(podManifest({ ...spec, ready: true }));
    await eventually(async () => (await node.birdc('configure status')).includes('undo') === false, 'no timer runs');
    await closed(async () => {
      await node.writePod(podManifest({ ...gone.spec, ready: false }));
      await told(world(), [...STEADY, flips]);
      await node.writePod(podManifest({ ...spec, ready: false }));
      await told(world(), STEADY);
    });
    await changeIs(world(), 'undone');
    await inForce(world(), ROUTER_ASN, 30);
    await told(world(), STEADY);
    for (const one of [pod, gone]) await node.endPod(one);
  });

  it('that is closed while a good change is on trial has it proven when it is open', async () => {
    await onTrial(world(), goodReset(60));
    await closed(async () => {
      await eventually(
        async () => (await changeOf(world()))?.message.includes('cannot end the trial'),
        'status tells of the file',
        10_000,
      );
    });
    await settled(world());
    await inForce(world(), ROUTER_ASN, 60);
  });
});
