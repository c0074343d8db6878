import { describe, expect, it } from 'vitest';
import { dieAfter } from '../../fakes/bird.ts';
import { converse, failure, nextConnection } from './conversation.ts';

const READING = '0002-Reading configuration from /etc/bird/bird.conf\n';

describe('whether the BIRD that answers has been given its files', () => {
  it('is true after a configure that succeeded, and false again with the next connection', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    await client.connect();
    expect(client.configured).toBe(false);
    await client.configure({ undoAfterSeconds: 30 });
    expect(client.configured).toBe(true);
    const broken = nextConnection(client);
    await fake.stop();
    await broken;
    expect(client.configured).toBe(false);
    await fake.listen();
    await client.connect();
    expect(client.configured).toBe(false);
  });

  it('stays false after a check, another file, an undo and a refusal', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    await client.configureCheck('/etc/bird/bird.conf');
    await client.configure({ file: '/etc/bird/other.conf' });
    await client.undo();
    fake.on('configure', `${READING}8002 /etc/bird/bird.conf:1:1 syntax error\n`);
    await client.configure();
    expect(client.configured).toBe(false);
  });

  it('is false when the BIRD that took the configure was gone before it was done with it', async () => {
    await using conversation = await converse();
    const { client, fake } = conversation;
    fake.on('configure', `${READING}0004 Reconfiguration in progress\n`);
    fake.on(
      'configure status',
      '0003-Daemon is up and running\n0000 \n',
      dieAfter(''),
      '0003-Daemon is up and running\n0000 \n',
    );
    expect(await failure(client.configure())).toMatchObject({ kind: 'connectionLost' });
    await client.configureStatus();
    expect(client.configured).toBe(false);
  });
});
