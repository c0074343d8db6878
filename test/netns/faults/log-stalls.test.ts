import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cniAnswer, DIST } from '../../lab/cni.ts';
import { eventually, isRoot, run } from '../../lab/lab.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { routedWorld } from '../e2e/nodes.ts';

const ADDRESS = '192.0.2.60';

/** Reads what a FIFO has now. */
function readNow(fd: number): string {
  const buffer = Buffer.alloc(65_536);
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return '';
    throw error;
  }
}

/** Writes until nothing fits any more. */
function fill(fd: number): void {
  for (const size of [4096, 1]) {
    try {
      for (;;) writeSync(fd, '\n'.repeat(size));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}

describe.skipIf(!isRoot)('whatever reads the log does not read (needs root)', () => {
  const world = routedWorld('log-stalls');

  it.each(['stderr', 'stdout'])(
    '%s: pods are added, announced, withdrawn and deleted, and the log goes on later',
    async (stream) => {
      const { lab, node, router } = world();
      const announced = async (): Promise<boolean> => (await router.nextHops(ADDRESS)).length > 0;
      await node.stopDaemon();
      const fifo = join(lab.dir, `${stream}.fifo`);
      await run(['mkfifo', fifo]);
      const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
      try {
        fill(fd);
        const command = `exec "$0" --config "$1" ${stream === 'stderr' ? '2' : '1'}>"$2"`;
        const argv = ['sh', '-c', command, join(DIST, 'flockd.js'), node.path('flock.yaml'), fifo];
        const daemon = lab.spawn(node.namespace, argv);
        await eventually(async () => {
          cniAnswer('STATUS', await node.plugin('STATUS'));
          return true;
        }, 'flockd answers');

        const spec = { name: stream, annotations: { anycast: ADDRESS }, ready: true };
        const pod = await node.runPod(spec);
        await eventually(announced, 'the router has the address');
        await node.writePod(podManifest({ ...spec, ready: false }));
        await eventually(async () => !(await announced()), 'the address is withdrawn');
        await node.endPod(pod);

        if (stream === 'stderr') {
          let text = '';
          await eventually(() => {
            text += readNow(fd);
            return text.includes('kernel and allocations brought together');
          }, 'the lines of before can be read');
        }
        expect(await daemon.stop()).toBe(0);
        await node.startDaemon();
      } finally {
        closeSync(fd);
      }
    },
  );
});
