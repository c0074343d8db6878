import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually, isRoot, Lab } from '../../lab/lab.ts';
import { NETNS_FOLDER } from '../../lab/ownership.ts';
import { start } from '../../lab/process.ts';

const LAB = new URL('../../lab/lab.ts', import.meta.url).pathname;

/** A program that makes a lab with a namespace and a sleeper in it, says where, and then goes on with `ending`. */
function program(ending: string): string[] {
  const source = `
    const { Lab } = await import(${JSON.stringify(LAB)});
    const lab = await Lab.create('victim');
    const inside = await lab.namespace('a');
    const sleeper = lab.spawn(inside, ['sleep', '300']);
    const outside = lab.spawn(undefined, ['sleep', '300']);
    console.log(JSON.stringify({ namespace: inside.path, dir: lab.dir, pids: [sleeper.pid, outside.pid] }));
    ${ending}`;
  return [process.execPath, '--input-type=module', '-e', source];
}

interface World {
  namespace: string;
  dir: string;
  pids: number[];
}

function isGone(world: World): boolean {
  const alive = world.pids.filter((pid) => existsSync(`/proc/${pid}/ns/net`));
  return !existsSync(world.namespace) && !existsSync(world.dir) && alive.length === 0;
}

async function said(child: ReturnType<typeof start>): Promise<World> {
  return eventually(
    () => child.stdout().includes('\n') && (JSON.parse(child.stdout()) as World),
    'the world of the victim',
  );
}

describe.skipIf(!isRoot)('the lab (needs root)', () => {
  it('joins namespaces so that both families pass at once', async () => {
    await using lab = await Lab.create('ping');
    const left = await lab.namespace('left');
    const right = await lab.namespace('right');
    await lab.connect(left, 'eth0', right, 'eth0', {
      a: ['192.0.2.1/24', '2001:db8::1/64'],
      b: ['192.0.2.2/24', '2001:db8::2/64'],
    });
    await left.exec(['ping', '-c1', '-W1', '192.0.2.2']);
    await left.exec(['ping', '-c1', '-W1', '2001:db8::2']);
    expect((await left.exec(['ip', 'address', 'show', 'tentative'])).stdout).toBe('');
  });

  it('runs a real BIRD, stops it, kills it and starts it again', async () => {
    await using lab = await Lab.create('bird');
    const bird = await lab.bird(await lab.namespace('r'), 'router id 192.0.2.1;\nprotocol device {}\n');
    expect(await bird.birdc('show status')).toMatch(/Router ID is 192\.0\.2\.1/);
    const first = bird.pid;
    await bird.stop('SIGKILL');
    await expect(bird.birdc('show status')).rejects.toThrow(/socket/i);
    await bird.start();
    expect(bird.pid).not.toBe(first);
    expect(await bird.birdc('show status')).toContain('Daemon is up and running');
    await bird.stop();
  });

  it('says what BIRD dislikes about its configuration', async () => {
    await using lab = await Lab.create('bird');
    await expect(lab.bird(await lab.namespace('r'), 'nonsense;')).rejects.toThrow(/syntax error/);
  });

  it('fails with the output of a command that fails, and ends one that hangs', async () => {
    await using lab = await Lab.create('exec');
    const inside = await lab.namespace('a');
    await expect(inside.exec(['sh', '-c', 'echo why >&2; exit 3'])).rejects.toThrow(/exit status 3: why/);
    await expect(inside.exec(['sleep', '60'], { timeoutMs: 50 })).rejects.toThrow(/no end within 50 ms/);
    expect((await inside.exec(['false'], { allowFailure: true })).code).toBe(1);
  });

  it('leaves nothing behind when a test fails', async () => {
    let world: World | undefined;
    const failing = async (): Promise<void> => {
      await using lab = await Lab.create('fails');
      const inside = await lab.namespace('a');
      world = { namespace: inside.path, dir: lab.dir, pids: [lab.spawn(inside, ['sleep', '300']).pid] };
      throw new Error('as a test does');
    };
    await expect(failing()).rejects.toThrow('as a test does');
    expect(world !== undefined && isGone(world)).toBe(true);
  });

  it('deletes a namespace with what lives in it, and without a process whose main thread passes through', async () => {
    await using lab = await Lab.create('visited');
    const inside = await lab.namespace('a');
    const lives = lab.spawn(inside, ['sleep', '300']);
    const libc = new URL('../../../src/kernel/libc.ts', import.meta.url).pathname;
    const source = `
      const { setns } = await import(${JSON.stringify(libc)});
      const { openSync } = await import('node:fs');
      if (setns(openSync(${JSON.stringify(inside.path)}, 'r'), 0) !== 0) throw new Error('setns');
      setInterval(() => {}, 1000);
      console.log('inside');`;
    const passes = lab.spawn(undefined, [process.execPath, '--input-type=module', '-e', source]);
    await eventually(() => passes.stdout().includes('inside'), 'the visitor is inside');
    lab.deleteNamespace(inside);
    await lives.exited;
    await delay(20);
    expect([existsSync(inside.path), lives.running(), passes.running()]).toEqual([false, false, true]);
  });

  it('tells the last value when what it waits for never comes', async () => {
    await expect(eventually(() => undefined, 'the moon', 20)).rejects.toThrow(/20 ms: the moon; last: undefined/);
    await expect(
      eventually(
        () => {
          throw new Error('clouds');
        },
        'the moon',
        20,
      ),
    ).rejects.toThrow(/clouds/);
  });

  it.each([
    [
      'an uncaught exception',
      'setTimeout(() => { throw new Error("boom"); }, 10); await new Promise(() => {});',
      undefined,
    ],
    ['process.exit', 'process.exit(7);', undefined],
    ['SIGINT', 'setInterval(() => {}, 1000);', 'SIGINT'],
    ['SIGTERM', 'setInterval(() => {}, 1000);', 'SIGTERM'],
  ] as const)('leaves nothing behind after %s', async (_what, ending, signal) => {
    const child = start(program(ending));
    const world = await said(child);
    if (signal !== undefined) child.kill(signal);
    expect(await child.exited).not.toBe(0);
    expect(isGone(world)).toBe(true);
  });

  it('cleans up after an owner that was killed, and after no other', async () => {
    const killed = start(program('setInterval(() => {}, 1000);'));
    const alive = start(program('setInterval(() => {}, 1000);'));
    const [lost, kept] = await Promise.all([said(killed), said(alive)]);
    killed.kill('SIGKILL');
    await killed.exited;
    expect(existsSync(lost.namespace)).toBe(true);
    await using _lab = await Lab.create('reaper');
    await eventually(() => isGone(lost), 'the orphan is gone');
    expect(existsSync(kept.namespace) && existsSync(kept.dir)).toBe(true);
    expect(readdirSync(NETNS_FOLDER)).toContain(kept.namespace.split('/').at(-1));
    alive.kill('SIGTERM');
    await alive.exited;
    await delay(0);
    expect(isGone(kept)).toBe(true);
  });
});
