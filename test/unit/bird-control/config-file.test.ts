import { describe, expect, it } from 'vitest';
import { BirdClient } from '../../../src/bird-control/index.ts';
import { FakeBird } from '../../fakes/bird.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';

const reading = (file: string): string => `0002-Reading configuration from ${file}\n0003 Reconfigured\n`;

describe('the file that BIRD reads', () => {
  it('is known from the last configure that named none', async () => {
    using folder = new TempFolder();
    await using bird = await FakeBird.start(folder.at('bird.ctl'));
    using client = new BirdClient({ socket: bird.path });
    expect(client.configFile).toBeUndefined();
    bird.on('configure', reading('/etc/bird/bird.conf')).on('configure "/srv/x.conf"', reading('/srv/x.conf'));
    await client.configure();
    expect(client.configFile).toBe('/etc/bird/bird.conf');
    await client.configure({ file: '/srv/x.conf' });
    await client.undo();
    expect(client.configFile).toBe('/etc/bird/bird.conf');
    bird.on('configure', `${reading('/srv/bird.conf').split('\n')[0]}\n8002 /srv/bird.conf:1:1 syntax error\n`);
    await client.configure();
    expect(client.configFile).toBe('/srv/bird.conf');
  });
});
