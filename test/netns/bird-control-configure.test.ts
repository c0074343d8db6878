import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BirdClient, MAX_COMMAND_BYTES } from '../../src/bird-control/index.ts';
import { eventually, isRoot, Lab, type LabBird, type Namespace } from '../lab/lab.ts';
import { failure } from '../unit/bird-control/conversation.ts';

describe.skipIf(!isRoot)('reconfiguring a real BIRD (needs root)', () => {
  let lab: Lab;
  let namespace: Namespace;
  let bird: LabBird;
  let client: BirdClient;
  const notes: string[] = [];

  const config = (...networks: string[]): string =>
    `log stderr all; router id 10.0.0.1; protocol device {}
     protocol static vips { ipv4; ${networks.map((network) => `route ${network} blackhole;`).join(' ')} }\n`;
  const networks = async (): Promise<string[]> => (await client.showRoutes({})).map(({ network }) => network).sort();
  const [A, B, C] = ['192.0.2.1/32', '192.0.2.2/32', '192.0.2.3/32'] as const;

  beforeAll(async () => {
    lab = await Lab.create('bird-configure');
    namespace = await lab.namespace('node');
    bird = await lab.bird(namespace, config(A));
    client = new BirdClient({ socket: bird.socket, onNote: (text) => notes.push(text) });
  });

  afterAll(async () => {
    client?.close();
    await lab?.[Symbol.asyncDispose]();
  });

  it('checks a good file and one with a fault at its place', async () => {
    const good = join(lab.dir, 'good.conf');
    const bad = join(lab.dir, 'bad.conf');
    await writeFile(good, config(B));
    await writeFile(bad, `${config(B)}protocoll x {}\n`);
    expect(await client.configureCheck(good)).toEqual({ ok: true });
    expect(await client.configureCheck(bad)).toEqual({
      ok: false,
      error: { file: bad, line: 3, column: 1, message: expect.stringMatching(/syntax error/) },
    });
    expect(await client.configureCheck(join(lab.dir, 'missing.conf'))).toEqual({
      ok: false,
      error: {
        file: join(lab.dir, 'missing.conf'),
        line: undefined,
        column: undefined,
        message: expect.stringMatching(/No such file/),
      },
    });
    expect(await networks()).toEqual([A]);
  });

  it('applies a configuration, and leaves the running one alone when the new one is bad', async () => {
    await writeFile(bird.configPath, config(A, B));
    expect(await client.configure()).toEqual({ outcome: 'applied' });
    expect(await networks()).toEqual([A, B]);
    await writeFile(bird.configPath, 'nonsense\n');
    expect(await client.configure()).toMatchObject({ outcome: 'refused', error: { file: bird.configPath, line: 1 } });
    expect(await networks()).toEqual([A, B]);
    expect(await client.configureStatus()).toEqual({ state: 'idle', undoInSeconds: undefined });
  });

  it('waits until a protocol that was removed is gone', async () => {
    await writeFile(bird.configPath, `${config(A)}protocol static gone { ipv4; route ${B} blackhole; }`);
    expect(await client.configure()).toEqual({ outcome: 'applied' });
    expect(await networks()).toEqual([A, B]);
    await writeFile(bird.configPath, config(A));
    expect(await client.configure()).toEqual({ outcome: 'applied' });
    expect((await client.showProtocols()).map(({ name }) => name)).not.toContain('gone');
    expect(await networks()).toEqual([A]);
  });

  it('applies for a while, shows the time left, and confirms', async () => {
    await writeFile(bird.configPath, config(B));
    expect(await client.configure({ undoAfterSeconds: 100, soft: true })).toEqual({ outcome: 'applied' });
    const { state, undoInSeconds } = await client.configureStatus();
    expect(state).toBe('idle');
    expect(undoInSeconds).toBeGreaterThan(0);
    expect(undoInSeconds).toBeLessThanOrEqual(100);
    expect(await client.confirm()).toBe('confirmed');
    expect(await client.confirm()).toBe('nothingToDo');
    expect(await client.configureStatus()).toEqual({ state: 'idle', undoInSeconds: undefined });
    expect(await networks()).toEqual([B]);
  });

  it('undoes the last configuration, once', async () => {
    await writeFile(bird.configPath, config(A, B, C));
    expect(await client.configure()).toEqual({ outcome: 'applied' });
    expect(await client.undo()).toEqual({ outcome: 'applied' });
    expect(await networks()).toEqual([B]);
    expect(await client.undo()).toEqual({ outcome: 'nothingToDo' });
  });

  it('tries out another file under a timer and takes it back, in one command', async () => {
    const candidate = join(lab.dir, 'candidate.conf');
    await writeFile(candidate, config(A, C));
    expect(await client.configure({ soft: true, file: candidate, undoAfterSeconds: 100 })).toEqual({
      outcome: 'applied',
    });
    expect((await client.configureStatus()).undoInSeconds).toBeGreaterThan(0);
    expect(await networks()).toEqual([A, C]);
    expect(await client.undo()).toEqual({ outcome: 'applied' });
    expect(await networks()).toEqual([B]);
    expect(await client.configureStatus()).toEqual({ state: 'idle', undoInSeconds: undefined });
    expect(await client.confirm()).toBe('nothingToDo');
    expect(await client.undo()).toEqual({ outcome: 'nothingToDo' });
    expect(client.configFile).toBe(bird.configPath);
  });

  it('loses its timer to a configure that fails, which makes the unconfirmed configuration permanent', async () => {
    const candidate = join(lab.dir, 'unconfirmed.conf');
    const bad = join(lab.dir, 'fails.conf');
    await writeFile(candidate, config(B, C));
    await writeFile(bad, 'nonsense\n');
    await client.configure({ file: candidate, undoAfterSeconds: 100 });
    expect(await client.configureCheck(bad)).toMatchObject({ ok: false });
    expect((await client.configureStatus()).undoInSeconds).toBeGreaterThan(0);
    expect(await client.configure({ file: bad })).toMatchObject({ outcome: 'refused' });
    expect(await client.configureStatus()).toEqual({ state: 'idle', undoInSeconds: undefined });
    expect(await client.confirm()).toBe('nothingToDo');
    expect(await networks()).toEqual([B, C]);
    await writeFile(bird.configPath, config(B));
    expect(await client.configure()).toEqual({ outcome: 'applied' });
  });

  /** Two clients that configure twenty times in all, at the same time, from one file to the other and back. */
  async function twoAtOnce(one: string, two: string): Promise<void> {
    using other = new BirdClient({ socket: bird.socket });
    const files = [join(lab.dir, 'one.conf'), join(lab.dir, 'two.conf')] as const;
    await writeFile(files[0], one);
    await writeFile(files[1], two);
    const turns = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? client : other).configure({ file: files[(index >> 1) % 2 === 0 ? 0 : 1] }),
    );
    expect(await Promise.all(turns)).toEqual(Array(20).fill({ outcome: 'applied' }));
    expect(await client.configure()).toEqual({ outcome: 'applied' });
    expect(await networks()).toEqual([B]);
    expect(await other.configureStatus()).toEqual({ state: 'idle', undoInSeconds: undefined });
  }

  it('serves two clients that configure at the same time', () => twoAtOnce(config(B), config(A, B)));

  it('serves two clients whose configurations take a while, so that one waits in the queue', async ({ skip }) => {
    await client.connect();
    // Assertion 'l == atomic_exchange_explicit(&e->list, …)' in lib/event.c, seen with 3.3.2: nobody should do this to it.
    skip(
      Number.parseInt(client.version ?? '', 10) >= 3,
      'BIRD 3 aborts now and then with one reconfiguration in the queue',
    );
    await twoAtOnce(config(B), `${config(B)}protocol static gone { ipv4; route ${C} blackhole; }`);
  });

  it('hears when BIRD undoes an unconfirmed configuration by itself', async () => {
    await writeFile(bird.configPath, config(C));
    await client.configure({ undoAfterSeconds: 1 });
    expect(await networks()).toEqual([C]);
    await eventually(() => notes.some((note) => note.includes('starting undo')), 'BIRD tells that it undoes');
    expect(await networks()).toEqual([B]);
    expect(await client.confirm()).toBe('nothingToDo');
  });

  it('names files with spaces, backslashes and other scripts in their path', async () => {
    const file = join(lab.dir, 'a b\\n #;é漢.conf');
    await writeFile(file, config(A));
    expect(await client.configureCheck(file)).toEqual({ ok: true });
    expect(await client.configure({ file, undoAfterSeconds: 50 })).toEqual({ outcome: 'applied' });
    expect(await client.confirm()).toBe('confirmed');
    expect(await networks()).toEqual([A]);
  });

  it('believes the last line of a reply whose other lines are too long for the socket', async () => {
    const folder = join(lab.dir, 'x'.repeat(200), 'y'.repeat(200), 'z'.repeat(200));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'good'), config(B));
    await writeFile(join(folder, 'bad'), 'nonsense\n');
    expect(await client.configure({ file: join(folder, 'good') })).toEqual({ outcome: 'applied' });
    expect(await networks()).toEqual([B]);
    expect(await client.configureCheck(join(folder, 'bad'))).toEqual({
      ok: false,
      error: {
        file: join(folder, 'bad'),
        line: undefined,
        column: undefined,
        message: expect.stringMatching(/too long/),
      },
    });
  });

  it('sends the longest command that it allows without losing the connection', async () => {
    const room = MAX_COMMAND_BYTES - Buffer.byteLength('configure check ""\n');
    expect(await client.configureCheck(`/${'x'.repeat(room - 1)}`)).toMatchObject({ ok: false });
    expect(client.connected).toBe(true);
    expect(await failure(client.configureCheck(`/${'x'.repeat(room)}`))).toMatchObject({ kind: 'invalidCommand' });
  });

  it('raises no alarm while nobody reconfigures BIRD, however often it is asked, and one when somebody does', async () => {
    await writeFile(bird.configPath, config(A));
    expect(await client.configure()).toEqual({ outcome: 'applied' });
    const told = new Set<string | undefined>();
    for (let poll = 0; poll < 3_000; poll += 1) {
      told.add((await client.showStatus()).lastReconfiguration);
      if (poll % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(told).not.toContain(undefined);
    expect(client.displaced).toBe(false);
    await bird.birdc('configure');
    await client.showStatus();
    expect(client.displaced).toBe(true);
    expect(await client.configure()).toEqual({ outcome: 'applied' });
    expect(client.displaced).toBe(false);
  });

  it('cannot change anything with a read-only client', async () => {
    using reader = new BirdClient({ socket: bird.socket, readOnly: true });
    expect(await failure(reader.configure())).toMatchObject({ kind: 'refused', code: 8007 });
    expect(await failure(reader.undo())).toMatchObject({ kind: 'refused', code: 8007 });
    expect(await reader.showStatus()).toMatchObject({ state: 'running' });
  });
});
