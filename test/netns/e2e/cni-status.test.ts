import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DIST } from '../../lab/cni.ts';
import { eventually, isRoot, Lab } from '../../lab/lab.ts';
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
    await eventually(
      async () => {
        const [asked, added] = [await node.plugin('STATUS'), await node.plugin('ADD', request)];
        for (const answer of [asked, added]) {
          if (answer.code === 0) continue;
          const { code, msg } = cniError(answer);
          expect(code).toBe(11);
          told.add(/starting/.test(msg) ? 'starting' : 'not there');
        }
        if (asked.code !== 0) return false;
        expect(asked.stdout).toBe('');
        return true;
      },
      'the daemon serves',
      20_000,
    );
    expect([...told].sort()).toEqual(['not there', 'starting']);
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
