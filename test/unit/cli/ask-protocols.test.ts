import { describe, expect, it } from 'vitest';
import { askProtocols } from '../../../src/cli/ask-protocols.ts';
import { dieAfter, FakeBird, hang } from '../../fakes/bird.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';

const COMMAND = 'show protocols all';
const SESSION = `2002-Name       Proto      Table      State  Since         Info
1002-tor1       BGP        ---        up     2026-01-02 03:04:05.000  Established   
1006-  BGP state:          Established
     Neighbor address: 10.0.0.254
     Neighbor AS:      64600
 
0000 
`;

describe('asking BIRD for its protocols', () => {
  it('gives up the right to change anything before it asks, and leaves no connection behind', async () => {
    using folder = new TempFolder();
    await using bird = await FakeBird.start(folder.at('bird.ctl'));
    bird.on(COMMAND, SESSION);
    const { protocols } = await askProtocols(bird.path);
    expect(protocols).toMatchObject([{ name: 'tor1', bgp: { state: 'Established', neighborAddress: '10.0.0.254' } }]);
    expect(bird.commands).toEqual(['restrict', COMMAND]);
  });

  it('says why it cannot be asked when there is none', async () => {
    using folder = new TempFolder();
    const running = await askProtocols(folder.at('none.ctl'));
    expect(running).toEqual({ protocols: undefined, why: expect.stringMatching(/none\.ctl.*ENOENT/) });
  });

  it.each([
    ['dies in the middle of its answer', dieAfter('1002-tor1   BGP'), /./],
    ['answers what no BIRD answers', 'garbage\n', /./],
    ['refuses', '8007 Access denied\n', /8007|denied/],
    ['hangs', hang, /did not answer|within/],
  ])('says why it cannot be asked when it %s', async (_what, answer, why) => {
    using folder = new TempFolder();
    await using bird = await FakeBird.start(folder.at('bird.ctl'));
    bird.on(COMMAND, answer);
    expect(await askProtocols(bird.path, 200)).toEqual({ protocols: undefined, why: expect.stringMatching(why) });
  });

  it('says why it cannot be asked when it does not even greet', async () => {
    using folder = new TempFolder();
    await using bird = await FakeBird.start(folder.at('bird.ctl'));
    bird.greeting = hang;
    expect(await askProtocols(bird.path, 200)).toEqual({ protocols: undefined, why: expect.stringMatching(/./) });
  });
});
