import { link, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { connectError } from '../../../src/bird-control/connect-error.ts';
import { BirdClient } from '../../../src/bird-control/index.ts';
import { dieAfter, hang } from '../../fakes/bird.ts';
import { eventually } from '../../lab/eventually.ts';
import { converse, failure, nextConnection, SHORT } from './conversation.ts';

describe('a BIRD that is not there', () => {
  it('says so for a socket that is missing, stale or none at all', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    await link(fake.path, `${fake.path}.stale`);
    await writeFile(`${fake.path}.file`, '');
    await fake.stop();
    expect(await failure(client.showStatus())).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/ENOENT/),
    });
    for (const socket of [`${fake.path}.stale`, `${fake.path}.file`]) {
      using other = new BirdClient({ socket });
      expect(await failure(other.connect())).toMatchObject({
        kind: 'unreachable',
        message: expect.stringMatching(/ECONNREFUSED/),
      });
    }
  });

  it.each([`/${'x'.repeat(107)}`, '', '/a\0b'])('refuses the path %o before it connects', async (socket) => {
    using client = new BirdClient({ socket });
    expect(await failure(client.connect())).toMatchObject({ kind: 'unreachable' });
  });

  it('tells what to do when the socket may not be opened', () => {
    const cause = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    expect(connectError('/run/bird/bird.ctl', cause)).toMatchObject({
      kind: 'unreachable',
      cause,
      message: expect.stringMatching(/\/run\/bird\/bird\.ctl.*group/),
    });
  });

  it('is found again when it is back, and the listeners hear of both', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    const heard: boolean[] = [];
    client.onConnection((connected) => heard.push(connected));
    await client.showStatus();
    const broken = nextConnection(client);
    await fake.stop();
    expect(await broken).toBe(false);
    expect(client.connected).toBe(false);
    expect(await failure(client.showStatus())).toMatchObject({ kind: 'unreachable' });
    await fake.listen();
    await client.connect();
    expect(heard).toEqual([true, false, true]);
    expect(client.version).toBe('2.0.12');
  });
});

describe('a BIRD that hangs', () => {
  it('is given up when it does not greet', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.greeting = hang;
    expect(await failure(client.connect())).toMatchObject({ kind: 'timeout', message: expect.stringMatching(/greet/) });
    expect(client.connected).toBe(false);
  });

  it('is given up after a silence, and the next command has a new connection', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('show status', hang, '1000-BIRD 2.0.12\n0013 Daemon is up\n');
    const [late, next] = await Promise.allSettled([client.showStatus(), client.showStatus()]);
    expect(late).toMatchObject({
      status: 'rejected',
      reason: { kind: 'timeout', message: expect.stringMatching(/300 ms/) },
    });
    expect(next).toMatchObject({ status: 'fulfilled', value: { state: 'running' } });
  });

  it('is given up in the middle of a reply', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('show protocols all', '2002-Name\n1002-a b c up 10:00  \n');
    expect(await failure(client.showProtocols())).toMatchObject({
      kind: 'timeout',
      message: expect.stringMatching(/300 ms/),
    });
    expect(client.connected).toBe(false);
    await eventually(() => fake.connections === 0, 'the client closes its end');
  });

  it('is given up after the whole time when it never stops talking', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('show protocols all', (connection) => {
      const timer = setInterval(() => connection.send('+still there\n1006-\n'), 20);
      setTimeout(() => clearInterval(timer), 1_000).unref();
    });
    expect(await failure(client.showProtocols())).toMatchObject({
      kind: 'timeout',
      message: expect.stringMatching(/700 ms/),
    });
  });

  it('is not blamed when this process itself was too busy to read the answer', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    await client.connect();
    fake.on('show status', (connection) => {
      connection.send('1000-BIRD 2.0.12\n0013 Daemon is up and running\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * (SHORT.replyMs ?? 0));
    });
    expect(await client.showStatus()).toMatchObject({ state: 'running' });
  });
});

describe('a BIRD that dies or lies', () => {
  it('is lost when it dies in the middle of a reply, and back with the next command', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('show status', dieAfter('1000-BIRD 2.0.12\n0013 Daem'), '1000-BIRD 2.0.12\n0013 Daemon is up\n');
    expect(await failure(client.showStatus())).toMatchObject({
      kind: 'connectionLost',
      message: expect.stringMatching(/show status/),
    });
    expect(await client.showStatus()).toMatchObject({ state: 'running' });
  });

  it('is lost when it drops the connection instead of greeting', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.greeting = dieAfter('');
    expect(await failure(client.connect())).toMatchObject({
      kind: 'connectionLost',
      message: expect.stringMatching(/greeting/),
    });
  });

  it('is not believed when it greets like something else', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.greeting = '0013 Daemon is up and running\n';
    expect(await failure(client.connect())).toMatchObject({ kind: 'protocol' });
    fake.greeting = `${'SSH-2.0 '.repeat(2_000)}\n`;
    expect(await failure(client.connect())).toMatchObject({ kind: 'protocol' });
    expect(client.connected).toBe(false);
  });

  it('is not believed when it says more than its greeting', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.greeting = '0001 BIRD 2.0.12 ready.\n0003 Reconfigured\n';
    expect(await failure(client.connect())).toMatchObject({ kind: 'protocol' });
    expect(client.connected).toBe(false);
    fake.greeting = '0001 BIRD 2.0.12 ready.\n';
    await client.connect();
    expect(client.connected).toBe(true);
  });

  it('loses the connection when it answers without being asked, since no later answer could be trusted', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    await client.connect();
    const broken = nextConnection(client);
    fake.say('0003 Reconfigured\n');
    expect(await broken).toBe(false);
    fake.on('show status', '1000-BIRD 2.0.12\n0013 Daemon is up\n0003 Reconfigured\n');
    const brokenAgain = nextConnection(client).then(() => nextConnection(client));
    expect(await client.showStatus()).toMatchObject({ state: 'running' });
    expect(await brokenAgain).toBe(false);
  });

  it('fails with BIRD’s own code when it refuses, and stays connected', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('show status', '9001 syntax error\n');
    expect(await failure(client.showStatus())).toMatchObject({ kind: 'refused', code: 9001 });
    expect(client.connected).toBe(true);
  });

  it('does not take more memory than allowed, and reads the reply to its end', async () => {
    await using conversation = await converse({ maxReplyBytes: 1_000 });
    const { client, fake } = conversation;
    fake.on('show route', `${'1007-10.0.0.0/8 blackhole [a 10:00] * (200)\n'.repeat(100)}0000 \n`);
    expect(await failure(client.showRoutes({}))).toMatchObject({
      kind: 'tooLarge',
      message: expect.stringMatching(/1000 bytes/),
    });
    expect(client.connected).toBe(true);
    expect(await client.showStatus()).toMatchObject({ state: 'running' });
  });
});

describe('a client that is to fail fast', () => {
  it('lets each command fail at once while no process serves the socket, until connect succeeds', async () => {
    await using conversation = await converse({ failFast: true });
    const { client, fake } = conversation;
    await client.showStatus();
    const broken = nextConnection(client);
    await fake.stop();
    await broken;
    const first = await failure(client.showStatus());
    expect(first).toMatchObject({ kind: 'unreachable', message: expect.stringMatching(/ENOENT/) });
    await fake.listen();
    expect(await failure(client.showStatus())).toMatchObject({
      kind: 'unreachable',
      message: first.message,
      cause: first,
    });
    expect(fake.connections).toBe(0);
    await client.connect();
    expect(await client.showStatus()).toMatchObject({ state: 'running' });
  });

  it('waits for no second deadline of a BIRD that hangs, whether it does so in a reply or before its greeting', async () => {
    await using conversation = await converse({ failFast: true });
    const { client, fake } = conversation;
    fake.on('show status', hang);
    const [late, ...others] = await Promise.allSettled([
      client.showStatus(),
      client.configure(),
      client.showProtocols(),
    ]);
    expect(late).toMatchObject({ reason: { kind: 'timeout' } });
    for (const other of others) expect(other).toMatchObject({ reason: { kind: 'unreachable' } });
    fake.greeting = hang;
    const connecting = failure(client.connect());
    expect(await failure(client.configureStatus())).toMatchObject({ kind: 'unreachable' });
    expect(client.connected).toBe(false);
    expect(await connecting).toMatchObject({ kind: 'timeout', message: expect.stringMatching(/greet/) });
    expect(fake.commands).toEqual(['show status']);
  });

  it('connects by itself as long as nothing has failed, also after a connection that broke', async () => {
    await using conversation = await converse({ failFast: true });
    const { client, fake } = conversation;
    fake.on('show status', dieAfter(''), '1000-BIRD 2.0.12\n0013 Daemon is up\n');
    expect(await failure(client.showStatus())).toMatchObject({ kind: 'connectionLost' });
    expect(await client.showStatus()).toMatchObject({ state: 'running' });
  });
});
