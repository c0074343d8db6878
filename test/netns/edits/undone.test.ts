import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isRoot, Lab } from '../../lab/lab.ts';
import { configText, type Desk, withPeer } from './desk.ts';
import { createDice } from './dice.ts';
import { contentOn } from './disk.ts';
import { CONFIG } from './edit.ts';
import type { Flipper } from './flipper.ts';
import { expectNoLossInKernel } from './kernel-events.ts';
import { ALWAYS_THERE, ROUTERS } from './names.ts';
import { type InForce, Operator } from './operator.ts';
import { expectEverythingWhole } from './the-end.ts';
import { type EditedWorld, editedWorld, SESSION_MS } from './world.ts';

const EXPORT = 'partials/export-extra.hbs';
const CHANNEL = 'partials/channel-extra.hbs';
const [{ router: first, peer }, { router: second }] = ROUTERS;

/** The desk with another AS number of the first router, which is not the router's. */
const wrongAsn = (desk: Desk): Desk => withPeer(desk, peer, { asn: 64999 });

describe.skipIf(!isRoot)('an edit that hurts is undone within its time, while pods flip (needs root)', () => {
  let lab: Lab;
  let world: EditedWorld;
  let flipper: Flipper;
  let operator: Operator;
  let before: InForce;

  beforeAll(async () => {
    lab = await Lab.create('undone');
    world = await editedWorld(lab);
    const dice = createDice(1);
    flipper = world.startFlipper(dice);
    operator = new Operator(world, flipper, dice);
    before = await operator.inForce();
  });

  afterAll(async () => {
    world?.[Symbol.dispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  // Each begins with everything right, also behind one that failed.
  beforeEach(async () => {
    operator.permit([first, second]);
    for (const file of [EXPORT, CHANNEL, CONFIG]) await operator.save(file, contentOn(operator.desk, file));
    await operator.allIsWell();
    await operator.guard([first, second]);
    world.observer.offences.splice(0);
  });

  const isUndone = (): Promise<unknown> =>
    operator.statusTells('the change is undone', ({ bird }) => bird.change?.state === 'undone');

  /** The routers have everything, the last good configuration is in force, and nothing happened that was not allowed. */
  async function expectWhole(): Promise<void> {
    await operator.guard([first, second]);
    await operator.expectInForce(before);
    await flipper.round();
    operator.judge();
    expectNoLossInKernel(world.monitors, ALWAYS_THERE, world.observer.windows);
  }

  it('a template that stops all exports: no router loses anything, and status names file and line', async () => {
    await operator.save(EXPORT, { text: '{{! nothing more }}\n\treject;\n' });
    await isUndone();
    await operator.statusTells('status names the line', ({ problems }) =>
      problems.some(({ code, message }) => code === 'changeUndone' && message.includes(`${operator.pathOf(EXPORT)}:2`)),
    );
    await expectWhole();
    await operator.putBack(EXPORT);
    await expectWhole();
  });

  it('one that stops all exports and changes what is imported: the tables of the routers are whole again', async () => {
    operator.permit([first, second]);
    await operator.save(CHANNEL, { text: '\t\texport none;\n\t\timport all;\n' });
    await isUndone();
    await expectWhole();
    await operator.putBack(CHANNEL);
    await expectWhole();
  });

  it('a wrong AS number of a router: it waits, and with permission that router alone is cut off and comes back', async () => {
    await operator.save(CONFIG, { text: configText(wrongAsn(operator.desk)) });
    const { bird } = await operator.statusTells('it waits', ({ bird }) => bird.change?.state === 'waits');
    expect(bird.change?.resets.map(({ session }) => session)).toEqual([peer]);
    await flipper.round();
    await expectWhole();
    operator.permit([first]);
    await world.daemon.apply({ reset: true, withdraw: false });
    await isUndone();
    await expectWhole();
    await operator.putBack(CONFIG);
    await expectWhole();
  });

  it('a wrong AS number where resets are always allowed: the same without asking', async () => {
    const free: Desk = {
      ...operator.desk,
      keys: { ...operator.desk.keys, bird: { ...Object(operator.desk.keys.bird), allowSessionReset: true } },
    };
    operator.permit([first]);
    await operator.save(CONFIG, { text: configText(wrongAsn(free)) });
    await isUndone();
    await expectWhole();
    await operator.putBack(CONFIG);
    await expectWhole();
  });

  it('a wrong AS number, and flockd dies over it: BIRD alone takes it back, and the next flockd puts the files back', async () => {
    await operator.save(CONFIG, { text: configText(wrongAsn(operator.desk)) });
    await operator.statusTells('it waits', ({ bird }) => bird.change?.state === 'waits');
    await flipper.pause();
    operator.permit([first]);
    await world.daemon.apply({ reset: true, withdraw: false });
    await operator.until('the session is down', async () => !world.observer.session(first).up);
    await world.node.stopDaemon('SIGKILL');
    await world.observer.guard(first, SESSION_MS);
    await world.node.startDaemon();
    flipper.goOn();
    await operator.statusTells('it waits again', ({ bird }) => bird.change?.state === 'waits');
    await expectWhole();
    await operator.putBack(CONFIG);
    await expectWhole();
  });

  it('a stop of all exports that is meant: with permission it is in force, and taking it back brings everything back', async () => {
    await operator.save(EXPORT, { text: '\treject;\n' });
    await isUndone();
    const downs = operator.downs([first, second]);
    operator.permit([first, second]);
    await world.daemon.apply({ reset: false, withdraw: true });
    await operator.allIsWell();
    await operator.until('the routers have nothing', async () =>
      [first, second].every((router) => ALWAYS_THERE.every((prefix) => !world.observer.has(router, prefix))),
    );
    expect(operator.downs([first, second]), 'and no session went down').toEqual(downs);
    await operator.putBack(EXPORT);
    await expectWhole();
    expect(operator.downs([first, second]), 'nor then').toEqual(downs);
  });

  it('leaves nothing behind', async () => {
    await flipper.stop();
    await expectEverythingWhole(operator, before);
  });
});
