import { describe, expect, it } from 'vitest';
import { BirdClient } from '../../../src/bird-control/index.ts';
import { hang, trickle } from '../../fakes/bird.ts';
import { converse, failure, SHORT } from './conversation.ts';

describe('talking to a healthy BIRD', () => {
  it('connects with the first command and knows the version from the greeting', async () => {
    await using conversation = await converse();
    const { client } = conversation;
    expect([client.connected, client.version]).toEqual([false, undefined]);
    expect(await client.showStatus()).toMatchObject({ version: '2.0.12', state: 'running' });
    expect([client.connected, client.version]).toEqual([true, '2.0.12']);
  });

  it('keeps one command in flight and the order of the calls', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    const status = '1000-BIRD 2.0.12\n0013 Daemon is up and running\n';
    fake.on('show status', trickle(status));
    const order: string[] = [];
    await Promise.all([
      client.showStatus().then(() => order.push('status')),
      client.showProtocols().then(() => order.push('protocols')),
      client.configureStatus().then(() => order.push('configuration')),
      client.confirm().then(() => order.push('confirm')),
    ]);
    expect(order).toEqual(['status', 'protocols', 'configuration', 'confirm']);
    expect(fake.commands).toEqual(['show status', 'show protocols all', 'configure status', 'configure confirm']);
    expect(fake.faults).toEqual([]);
  });

  it('takes a reply that comes byte by byte, with asynchronous lines and junk in it', async () => {
    await using conversation = await converse();
    const { client, fake, notes } = conversation;
    fake.on(
      'show status',
      trickle('+a\n1000-BIRD 2.0.12\n<3 messages lost>\n1011-Router ID is 10.0.0.1\n0013 Daemon is up\n'),
    );
    expect(await client.showStatus()).toMatchObject({ routerId: '10.0.0.1', state: 'running' });
    expect(notes).toEqual(['a', '<3 messages lost>']);
  });

  it('hands over what BIRD says while nothing is asked', async () => {
    await using conversation = await converse();
    const { client, fake, notes } = conversation;
    await client.connect();
    fake.say('+Config timeout expired, starting undo\n');
    await client.showStatus();
    expect(notes).toEqual(['Config timeout expired, starting undo']);
  });

  it('asks again for routes when a reconfiguration cut them off, three times in all', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    const cut = '1007-10.0.0.0/8 blackhole [a 10:00] * (200)\n8004 Stopped due to reconfiguration\n';
    fake.on('show route', cut, '1007-192.0.2.1/32 blackhole [a 10:00] * (200)\n0000 \n');
    expect(await client.showRoutes({})).toMatchObject([{ network: '192.0.2.1/32' }]);
    fake.on('show route count', cut);
    expect(await failure(client.countRoutes({}))).toMatchObject({ kind: 'refused', code: 8004 });
    expect(fake.commands.filter((command) => command === 'show route count')).toHaveLength(3);
  });

  it('counts the routes of one network itself, since BIRD does not', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on("show route 192.0.2.1/32 protocol 'a'", '1007-192.0.2.1/32 blackhole [a 10:00] * (200)\n0000 \n');
    expect(await client.countRoutes({ network: '192.0.2.1/32', protocol: 'a', all: true })).toBe(1);
  });

  it('gives the right to change anything up on every connection when it is read-only', async () => {
    await using conversation = await converse({ readOnly: true });
    const { client, fake } = conversation;
    fake.on('configure confirm', '8007 Access denied\n');
    expect(await failure(client.confirm())).toMatchObject({ kind: 'refused', code: 8007 });
    fake.on('show status', hang);
    await failure(client.showStatus());
    await client.configureStatus();
    expect(fake.commands).toEqual(['restrict', 'configure confirm', 'show status', 'restrict', 'configure status']);
    fake.on('restrict', '9001 syntax error\n');
    await failure(client.showStatus());
    expect(await failure(client.configureStatus())).toMatchObject({ kind: 'refused', code: 9001 });
  });
});

describe('commands that must not be sent', () => {
  it('are refused without a word to BIRD', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    const attempts = [
      client.configureCheck(`/${'x'.repeat(1_000)}`),
      client.configureCheck('/a\nconfigure'),
      client.configure({ file: '/a"' }),
      client.configure({ undoAfterSeconds: 0 }),
      client.showRoutes({ protocol: "x' all" }),
      client.countRoutes({ table: 'a b' }),
    ];
    for (const attempt of attempts) expect(await failure(attempt)).toMatchObject({ kind: 'invalidCommand' });
    expect(fake.commands).toEqual([]);
    expect(client.connected).toBe(false);
  });
});

describe('closing the client', () => {
  it('fails what is under way, what waits and what comes later, and does not connect again', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('show status', hang);
    await client.connect();
    const before = [client.showStatus(), client.showProtocols()];
    client.close();
    const attempts: Promise<unknown>[] = [...before, client.configureStatus()];
    for (const attempt of attempts) expect(await failure(attempt)).toMatchObject({ kind: 'connectionLost' });
    expect(await failure(client.connect())).toMatchObject({ message: expect.stringMatching(/closed/) });
    expect(client.connected).toBe(false);
    client.close();
  });

  it('breaks a connect off', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.greeting = hang;
    const attempt = failure(client.connect());
    await new Promise(setImmediate);
    client.close();
    expect(await attempt).toMatchObject({ kind: 'connectionLost', message: expect.stringMatching(/closed/) });
  });
});

describe('two clients at once', () => {
  it('do not disturb each other', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    using other = new BirdClient({ socket: fake.path, ...SHORT });
    fake.on('show protocols all', hang);
    const [hung, status] = await Promise.allSettled([client.showProtocols(), other.showStatus()]);
    expect(hung.status).toBe('rejected');
    expect(status.status).toBe('fulfilled');
  });
});
