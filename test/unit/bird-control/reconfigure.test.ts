import { describe, expect, it } from 'vitest';
import { dieAfter, type FakeBird } from '../../fakes/bird.ts';
import { converse, failure } from './conversation.ts';

const READING = '0002-Reading configuration from /etc/bird/bird.conf\n';

/** Lets the fake accept `configure` with the given last line, and be busy for some polls of its status. */
function busyAfter(fake: FakeBird, command: string, lastLine: string, polls: number): void {
  fake.on(command, (connection) => {
    fake.state = lastLine.startsWith('0005') ? 'queued' : 'inProgress';
    fake.busyPolls = polls;
    connection.send(`${READING}${lastLine}\n`);
  });
}

describe('reconfiguring', () => {
  it('takes two round trips with an idle BIRD', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    expect(await client.configure()).toEqual({ outcome: 'applied' });
    expect(fake.commands).toEqual(['configure status', 'configure']);
  });

  it.each(['0004 Reconfiguration in progress', '0005 Reconfiguration already in progress, queueing new config'])(
    'polls after %s until the configuration is in force',
    async (lastLine) => {
      await using conversation = await converse();
      const { client, fake } = conversation;
      busyAfter(fake, 'configure', lastLine, 2);
      expect(await client.configure()).toEqual({ outcome: 'applied' });
      expect(fake.commands).toEqual(['configure status', 'configure', ...Array(3).fill('configure status')]);
    },
  );

  it('says that it is still in progress when the wait is over', async () => {
    await using conversation = await converse({ settleMs: 60 });
    const { client, fake } = conversation;
    busyAfter(fake, 'configure', '0004 Reconfiguration in progress', 1_000_000);
    expect(await client.configure()).toEqual({ outcome: 'inProgress' });
  });

  it('waits for an earlier reconfiguration, of whomever, before it sends its own', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.state = 'inProgress';
    fake.busyPolls = 2;
    expect(await client.configure({ file: '/etc/bird/bird.conf' })).toEqual({ outcome: 'applied' });
    expect(fake.commands.slice(-2)).toEqual(['configure status', 'configure "/etc/bird/bird.conf"']);
  });

  it.each(['inProgress', 'queued'] as const)('is not sent at all while BIRD stays %s', async (state) => {
    await using conversation = await converse({ settleMs: 60 });
    const { client, fake } = conversation;
    fake.state = state;
    fake.busyPolls = 1_000_000;
    expect(await failure(client.configure())).toMatchObject({ kind: 'busy', message: expect.stringMatching(/60 ms/) });
    expect(await failure(client.undo())).toMatchObject({ kind: 'busy' });
    expect(new Set(fake.commands)).toEqual(new Set(['configure status']));
    expect(client.connected).toBe(true);
  });

  it('is not sent to a BIRD that shuts down', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.state = 'shuttingDown';
    expect(await client.configure()).toEqual({ outcome: 'shuttingDown' });
    expect(await client.undo()).toEqual({ outcome: 'shuttingDown' });
    expect(fake.commands).toEqual(['configure status', 'configure status']);
  });

  it('tells when BIRD begins to shut down during it', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('configure', `${READING}0006 Reconfiguration ignored, shutting down\n`);
    expect(await client.configure()).toEqual({ outcome: 'shuttingDown' });
    fake.on('configure', (connection) => {
      fake.state = 'shuttingDown';
      connection.send(`${READING}0004 Reconfiguration in progress\n`);
    });
    expect(await client.configure()).toEqual({ outcome: 'shuttingDown' });
  });

  it('never sends one before the one before is in force, however many are asked for at once', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    busyAfter(fake, 'configure', '0004 Reconfiguration in progress', 1);
    busyAfter(fake, 'configure soft', '0005 queueing', 1);
    busyAfter(fake, 'configure undo', '0004 Reconfiguration in progress', 1);
    const outcomes = await Promise.all([
      client.configure(),
      client.undo(),
      client.configure({ soft: true }),
      client.showStatus(),
      client.configure(),
    ]);
    expect(outcomes.filter((outcome) => 'outcome' in outcome)).toEqual(Array(4).fill({ outcome: 'applied' }));
    expect(fake.faults).toEqual([]);
  });

  it('goes on with the next one after one that failed', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('configure', dieAfter(READING), `${READING}0003 Reconfigured\n`);
    const [first, second] = await Promise.allSettled([client.configure(), client.configure()]);
    expect(first).toMatchObject({ status: 'rejected', reason: { kind: 'connectionLost' } });
    expect(second).toMatchObject({ status: 'fulfilled', value: { outcome: 'applied' } });
  });

  it('returns a refusal with its place', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('configure', `${READING}8002 /etc/bird/bird.conf:5:1 syntax error\n`);
    expect(await client.configure()).toEqual({
      outcome: 'refused',
      error: { file: '/etc/bird/bird.conf', line: 5, column: 1, message: 'syntax error' },
    });
  });

  it('undoes, and says when there is nothing to undo', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    expect(await client.undo()).toEqual({ outcome: 'applied' });
    fake.on('configure undo', '0021-Undo requested\n0019 Nothing to do\n');
    expect(await client.undo()).toEqual({ outcome: 'nothingToDo' });
    expect(await client.confirm()).toBe('nothingToDo');
  });

  it('checks a file without asking for the status', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('configure check "/x.conf"', `${READING}8002 /x.conf: Permission denied\n`);
    expect(await client.configureCheck('/y.conf')).toEqual({ ok: true });
    expect(await client.configureCheck('/x.conf')).toMatchObject({
      ok: false,
      error: { file: '/x.conf', message: 'Permission denied' },
    });
    expect(fake.commands).toEqual(['configure check "/y.conf"', 'configure check "/x.conf"']);
  });
});
