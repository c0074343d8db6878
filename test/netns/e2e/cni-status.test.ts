import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DIST } from '../../lab/cni.ts';
import { type CommandResult, isRoot, Lab } from '../../lab/lab.ts';
import { cniError } from './calls.ts';
import { allocationsOf } from './kernel-state.ts';
import { lonelyNode, sandbox } from './nodes.ts';

describe.skipIf(!isRoot)('STATUS (needs root)', () => {
  it('is error 11 while the daemon starts, as is ADD, and success without output once it serves', async () => {
    await using lab = await Lab.create('status');
    const node = await lonelyNode(lab, 'node1');
    await node.stopDaemon();
    // Interfaces that the file lacks are removed before anything is served: many of them make a long start.
    const leftovers = Array.from(
      { length: 150 },
      (_none, at) => `link add flock${(0xabc00000 + at).toString(16)} type veth peer name left${at}`,
    );
    await node.namespace.exec(['ip', '-batch', '-'], { stdin: `${leftovers.join('\n')}\n`, timeoutMs: 20_000 });
    const request = { containerId: 'early', netns: (await sandbox(lab, 'early')).path };
    lab.spawn(node.namespace, [join(DIST, 'flockd.js'), '--config', node.path('flock.yaml')]);
    const told = new Set<string>();
    const tell = (answer: CommandResult): void => {
      const error = answer.code === 0 ? undefined : cniError(answer);
      told.add(error === undefined ? 'served' : `${error.code} ${/starting/.exec(error.msg)?.[0] ?? 'not there'}`);
    };
    const serves = async (): Promise<boolean> => {
      // Asked first: whoever is told "starting" afterwards was not served before.
      const added = await node.plugin('ADD', request);
      const asked = await node.plugin('STATUS');
      if (asked.code === 0) return true;
      for (const answer of [added, asked]) tell(answer);
      return false;
    };
    // Without a pause between the tries, or the start would be over between two of them.
    for (const deadline = performance.now() + 20_000; !(await serves()); ) {
      if (performance.now() > deadline) throw new Error(`flockd does not serve; it told: ${[...told].join(', ')}`);
    }
    expect([...told].sort()).toEqual(['11 not there', '11 starting']);
    expect((await node.plugin('STATUS')).stdout).toBe('');
    await node.add(request);
    expect((await allocationsOf(node)).map(({ container_id }) => container_id)).toEqual(['early']);
  });

  it('is success with BIRD away: pods are wired without it', async () => {
    await using lab = await Lab.create('status-no-bird');
    const node = await lonelyNode(lab, 'node1');
    expect(await node.plugin('STATUS')).toMatchObject({ code: 0, stdout: '' });
    await node.runPod({ name: 'without-bird' });
  });

  it('is served on a socket of mode 0600', async () => {
    await using lab = await Lab.create('socket-mode');
    const node = await lonelyNode(lab, 'node1');
    expect((await stat(node.path('flock.sock'))).mode & 0o777).toBe(0o600);
  });
});
