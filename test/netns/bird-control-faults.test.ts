import { describe, expect, it } from 'vitest';
import { BirdClient, type BirdError } from '../../src/bird-control/index.ts';
import { eventually, isRoot, Lab } from '../lab/lab.ts';
import { failure } from '../unit/bird-control/conversation.ts';

describe.skipIf(!isRoot)('a real BIRD that dies or hangs (needs root)', () => {
  it('is lost at once, unreachable while it is gone, and found again when it is back', async () => {
    await using lab = await Lab.create('bird-death');
    const bird = await lab.bird(await lab.namespace('node'), 'router id 10.0.0.1; protocol device {}\n');
    using client = new BirdClient({ socket: bird.socket });
    const heard: boolean[] = [];
    client.onConnection((connected) => heard.push(connected));
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      heard.length = 0;
      await client.connect();
      await bird.stop(signal);
      await eventually(() => heard.includes(false), `the connection breaks with ${signal}`);
      expect(client.connected).toBe(false);
      expect(await failure(client.configure())).toMatchObject({ kind: 'unreachable' });
      await bird.start();
      expect(await client.showStatus()).toMatchObject({ state: 'running' });
      expect(heard.at(-1)).toBe(true);
    }
  });

  it('is lost when it is killed in the middle of a long answer', async () => {
    await using lab = await Lab.create('bird-mid-reply');
    const routes = Array.from({ length: 30_000 }, (_, n) => `route 10.${n >> 8}.${n & 255}.0/24 blackhole;`);
    const config = `router id 10.0.0.1; protocol device {} protocol static many { ipv4; ${routes.join('\n')} }\n`;
    const bird = await lab.bird(await lab.namespace('node'), config);
    using client = new BirdClient({ socket: bird.socket });
    expect(await client.countRoutes({ protocol: 'many' })).toBe(30_000);
    const answer = failure(client.showRoutes({ all: true }));
    await new Promise(setImmediate);
    // While this process stands still BIRD fills the socket, which holds a small part of the answer.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    process.kill(bird.pid, 'SIGKILL');
    await bird.stop('SIGKILL');
    expect(await answer).toMatchObject({ kind: 'connectionLost', message: expect.stringMatching(/show route/) });
    await bird.start();
    expect(await client.countRoutes({ protocol: 'many' })).toBe(30_000);
  });

  it('is given up in the middle of its answer when it stops, and answers again when it goes on', async () => {
    await using lab = await Lab.create('bird-hang');
    const bird = await lab.bird(await lab.namespace('node'), 'router id 10.0.0.1; protocol device {}\n');
    using client = new BirdClient({ socket: bird.socket, replyMs: 200 });
    await client.connect();
    process.kill(bird.pid, 'SIGSTOP');
    const errors: BirdError[] = [await failure(client.showStatus()), await failure(client.configure())];
    process.kill(bird.pid, 'SIGCONT');
    expect(errors).toMatchObject([
      { kind: 'timeout', message: expect.stringMatching(/show status/) },
      { kind: 'timeout', message: expect.stringMatching(/greet/) },
    ]);
    expect(await client.configure()).toEqual({ outcome: 'applied' });
  });
});
