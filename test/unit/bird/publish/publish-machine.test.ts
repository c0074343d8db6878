import { describe, expect, it } from 'vitest';
import { pendingChange } from '../../../../src/bird/publish/machine/held-change.ts';
import { MachineWorld } from './publish-machine-world.ts';

/** A world with a text that is held back. */
function holding(name: string): MachineWorld {
  const world = new MachineWorld().begin();
  world.publish(name);
  return world;
}

/** A world with a text on trial. */
function trying(name = 'two', edition?: number): MachineWorld {
  const world = new MachineWorld().begin();
  world.publish(name, { rules: { allowSessionReset: true }, ...(edition === undefined ? {} : { edition }) });
  return world;
}

/** What became of the text. */
function state(world: MachineWorld): string {
  return pendingChange(world.state)?.state ?? 'in force';
}

describe('the first publish', () => {
  it('takes back what a crash has left, and sends configure whatever lies in place', () => {
    expect(new MachineWorld().publish('one')).toEqual([
      'take back what a crash has left',
      'announce a, and see that BIRD reads it',
      'answer ok',
    ]);
  });

  it('of a node without a text puts one on trial when a session is up, and else only sees that BIRD reads it', () => {
    const world = new MachineWorld();
    world.place = undefined;
    expect(world.publish('one')).toContain('put one in place, configure under a timer');
    const calm = Object.assign(new MachineWorld(), { place: undefined, isUp: false });
    expect(calm.publish('one')).toEqual([
      ...['take back what a crash has left', 'judge one', 'put one in place, configure', 'answer ok'],
    ]);
    expect(state(calm)).toBe('in force');
  });

  it('does not try what an earlier flockd has undone', () => {
    const world = Object.assign(new MachineWorld(), { undone: 'two' });
    expect(world.publish('two')).not.toContain('judge two');
    expect(world.answers).toMatchObject([{ code: 'changeUndone', announcementsInForce: true }]);
  });
});

describe('a publish', () => {
  it('of what BIRD has costs nothing', () => {
    expect(new MachineWorld().begin().publish('one')).toEqual(['answer ok']);
  });

  it('of other announcements alone sends them without a look at the text', () => {
    expect(new MachineWorld().begin().publish('one', { announce: 'b' })).toEqual(['announce b', 'answer ok']);
  });

  it('sends the announcements first, under the text in place, and then tries the new text', () => {
    expect(new MachineWorld().begin().publish('two', { announce: 'b' })).toEqual([
      ...['announce b', 'judge two', 'put two in place, configure under a timer', 'wake in 0 ms', 'answer ok'],
    ]);
  });

  it('without a text, since none can be rendered, sends the announcements under the one in place', () => {
    expect(new MachineWorld().begin().publish(undefined, { announce: 'b' })).toEqual(['announce b', 'answer ok']);
  });

  it('after BIRD has begun anew sends configure whatever the text', () => {
    const world = new MachineWorld().begin();
    world.send({ kind: 'birdChanged' });
    expect(world.publish('one')).toEqual(['announce a, and see that BIRD reads it', 'answer ok']);
  });

  it('puts an edit of somebody else right, and leaves one that BIRD may have read for a change like any other', () => {
    const world = new MachineWorld().begin();
    world.edited = { config: true, announcements: false };
    expect(world.publish('one')).toEqual(['keep the edit and put ours back', 'answer ok']);
    Object.assign(world, { edited: { config: true, announcements: false }, isDisplaced: true });
    expect(world.publish('one')).toEqual([
      ...['keep the edit and leave it', 'announce a, and see that BIRD reads it', 'answer ok'],
    ]);
  });

  it('does not take for in force what it puts back for a BIRD that was away', () => {
    const world = new MachineWorld().begin();
    world.isBirdThere = false;
    world.publish('two');
    world.edited = { config: true, announcements: false };
    expect(world.publish('one')).toContain('put one in place, BIRD is not told');
  });

  it('goes out from another place when the disk takes no file', () => {
    const world = new MachineWorld().begin();
    world.refusing.add('publishAnnouncements');
    expect(world.publish('one', { announce: 'b' })).toEqual([
      ...['announce b', 'give one with b from another place', 'answer fileError'],
    ]);
    expect(world.answers.at(-1)).toMatchObject({ announcementsInForce: true });
  });

  it('of a publisher that is closed does nothing', () => {
    const world = new MachineWorld().begin();
    world.send({ kind: 'closing' });
    expect(world.publish('two')).toEqual(['answer birdUnavailable']);
  });
});

describe('a new text', () => {
  it.each([
    ['that BIRD refuses is kept as refused', 'BROKEN', ['judge BROKEN', 'keep BROKEN as refused'], 'refused'],
    ['that resets a session waits', 'resets', ['judge resets'], 'waits'],
    ['that ends a session of the configuration is refused', 'cuts', ['judge cuts', 'keep cuts as refused'], 'refused'],
    [
      'that changes filters is run dry, and undone when a router would lose something',
      'filters loses',
      ['judge filters loses', 'run dry', 'keep filters loses as undone'],
      'undone',
    ],
  ])('%s', (_what, name, effects, held) => {
    const world = new MachineWorld().begin();
    expect(world.publish(name).slice(0, -1)).toEqual(effects);
    expect(world.answers.at(-1)).toMatchObject({ ok: false, announcementsInForce: true });
    expect(state(world)).toBe(held);
    expect(world.place).toBe('one');
  });

  it('goes on trial when its sessions may be reset', () => {
    const world = new MachineWorld().begin();
    expect(world.publish('resets', { rules: { allowSessionReset: true } })).toContain(
      'put resets in place, configure under a timer',
    );
  });

  it('that nothing but bird -p can judge lies in place for a BIRD that comes', () => {
    const world = new MachineWorld().begin();
    world.isBirdThere = false;
    expect(world.publish('two')).toEqual([
      ...['judge two', 'put two in place, BIRD is not told', 'answer birdUnavailable'],
    ]);
  });

  it('that the disk does not take leaves the announcements in force, and what came half way is taken back', () => {
    const world = new MachineWorld().begin();
    world.refusing.add('putInPlace');
    expect(world.publish('two')).toEqual([
      ...['judge two', 'put two in place, configure under a timer', 'answer fileError'],
    ]);
    world.refusing.clear();
    expect(world.publish('two')[0]).toBe('take back what a crash has left');
  });
});

describe('what ends a wait', () => {
  const again = (name: string) => [`judge ${name}`];

  it('is a permission, for one try', () => {
    const world = holding('resets');
    world.permit({ reset: true });
    expect(world.publish('resets')).toContain('put resets in place, configure under a timer');
  });

  it('is no permission to do something else', () => {
    const world = holding('resets');
    world.permit({ withdraw: true });
    world.publish('resets');
    expect(state(world)).toBe('waits');
  });

  it('is that its sessions have gone down by themselves', () => {
    const world = holding('resets');
    expect(world.publish('resets')).toEqual(['ask whether its sessions are up', 'answer changeWaits']);
    world.isUp = false;
    expect(world.publish('resets')).toEqual(expect.arrayContaining(again('resets')));
  });

  it('is not that BIRD does not answer', () => {
    const world = holding('resets');
    world.isBirdThere = false;
    expect(world.publish('resets')).toEqual(['ask whether its sessions are up', 'answer changeWaits']);
  });

  it('is bird.allowSessionReset', () => {
    const world = holding('resets');
    expect(world.publish('resets', { rules: { allowSessionReset: true } })).toEqual(
      expect.arrayContaining(again('resets')),
    );
  });

  it('is another text, which is tried, and the text in place, which needs nothing', () => {
    const world = holding('resets');
    expect(world.publish('two')).toEqual(expect.arrayContaining(again('two')));
    const mended = holding('resets');
    expect(mended.publish('one')).toEqual(['answer ok']);
    expect(state(mended)).toBe('in force');
  });
});

describe('what was refused or undone', () => {
  it('is not tried again by itself', () => {
    for (const name of ['BROKEN', 'filters loses']) {
      const world = holding(name);
      expect(world.publish(name)).toHaveLength(1);
    }
  });

  it('is tried again when a person says so', () => {
    const world = holding('filters loses');
    world.permit();
    expect(world.publish('filters loses')).toContain('run dry');
  });

  it('when refused is judged again by a BIRD that has begun anew; when undone it is not', () => {
    for (const [name, judged] of [
      ['BROKEN', true],
      ['filters loses', false],
    ] as const) {
      const world = holding(name);
      world.send({ kind: 'birdChanged' });
      expect(world.publish(name).includes(`judge ${name}`)).toBe(judged);
    }
  });

  it('and comes back since the host changed to and fro stays undone; with an edit of the operator it is tried', () => {
    const world = new MachineWorld().begin();
    world.publish('filters loses', { edition: 1 });
    world.publish('two', { edition: 1 });
    world.wait(1_000);
    expect([world.place, state(world)]).toEqual(['two', 'in force']);
    expect(world.publish('filters loses', { edition: 1 })).toEqual(['answer changeUndone']);
    expect(state(world)).toBe('undone');
    world.publish('two', { edition: 1 });
    expect(world.publish('filters loses', { edition: 2 })).toContain('judge filters loses');
  });
});

describe('a permission', () => {
  it('without anything held back permits nothing', () => {
    const world = new MachineWorld().begin();
    world.permit({ reset: true });
    expect(world.publish('resets')).toContain('answer changeWaits');
  });

  it('serves neither a text that comes in between nor its own text later', () => {
    const world = holding('resets');
    world.permit({ reset: true });
    expect(world.publish('resets otherwise')).toContain('answer changeWaits');
    expect(world.publish('resets')).toContain('answer changeWaits');
  });
});

describe('a trial', () => {
  it('ends with a confirmation when everything has been good for 300 ms', () => {
    const world = trying();
    expect(world.wait(300)).toEqual([
      ...['compare', 'wake in 100 ms', 'compare', 'wake in 100 ms', 'compare', 'wake in 100 ms'],
      ...['compare', 'confirm', 'remove the note', 'ask for a publish'],
    ]);
    expect([world.place, state(world)]).toEqual(['two', 'in force']);
  });

  it('is taken back at the end of its time when a session does not come back, and is then not tried again', () => {
    const world = trying('kills');
    expect(new Set(world.wait(29_999))).toEqual(new Set(['compare', 'wake in 100 ms']));
    expect(world.wait(1)).toEqual([
      ...['compare', 'take back by BIRD', 'remove the note', 'keep kills as undone', 'ask for a publish'],
    ]);
    expect([world.place, state(world)]).toEqual(['one', 'undone']);
    expect(world.publish('kills', { rules: { allowSessionReset: true } })).toContain('answer changeUndone');
  });

  it('is taken back at once when a second comparison finds the same loss', () => {
    const world = trying('loses');
    expect(world.wait(0)).toEqual([
      ...['compare', 'compare', 'take back by BIRD', 'remove the note', 'keep loses as undone', 'ask for a publish'],
    ]);
  });

  it('lets announcements through, which end the timer of BIRD', () => {
    const world = trying('kills');
    const rules = { allowSessionReset: true };
    expect(world.publish('kills', { announce: 'b', rules })).toEqual(['announce b', 'answer ok']);
    expect(world.wait(30_000)).toContain('take back');
  });

  it('is not confirmed while somebody else has reconfigured BIRD: it is told again, and watched as long again', () => {
    const world = trying();
    world.wait(200);
    world.isDisplaced = true;
    expect(world.wait(100)).toEqual(['compare', 'confirm', 'configure again', 'wake in 100 ms']);
    world.wait(1_000);
    expect(state(world)).toBe('in force');
  });

  it('waits for a BIRD that is away, and takes back on the disk when it stays away', () => {
    const world = trying();
    world.isBirdThere = false;
    world.wait(29_999);
    expect(state(world)).toBe('verifying');
    world.wait(1);
    expect([world.place, state(world)]).toEqual(['one', 'undone']);
  });

  it('that the disk keeps from ending gives BIRD the text of before from another place, and ends when it can', () => {
    const world = trying('kills');
    world.refusing.add('takeBack');
    expect(world.wait(30_000).slice(-4)).toEqual([
      'compare',
      'take back by BIRD',
      'ask for a publish',
      'wake in 1000 ms',
    ]);
    expect(pendingChange(world.state)?.message).toContain('no space left on device');
    expect(world.publish('kills')).toEqual(['give one with a from another place', 'answer ok']);
    world.refusing.clear();
    world.wait(1_000);
    expect([world.place, state(world)]).toEqual(['one', 'undone']);
  });

  it('is taken back as flockd ends, and the note stays for the next start', () => {
    const world = trying();
    expect(world.send({ kind: 'close' })).toEqual(['take back by BIRD']);
    expect(world.wait(60_000)).toEqual([]);
  });
});

describe('a newer text while one is on trial', () => {
  it.each([
    ['of another edit takes the place of one that is not good', 'kills', 'three', 2, true],
    ['of the same edit waits: the host may have changed because of the trial', 'kills', 'three', 1, false],
    ['waits for one that is about to end well', 'two', 'three', 2, false],
    ['that cannot be rendered ends one that is not good', 'kills', undefined, 2, true],
  ])('%s', (_what, onTrial, newer, edition, givesWay) => {
    const world = trying(onTrial, 1);
    world.wait(100);
    const said = world.publish(newer, { edition });
    expect(said.includes('take back by BIRD')).toBe(givesWay);
    expect(said.includes(`judge ${newer}`)).toBe(givesWay && newer !== undefined);
  });
});

describe('a session that a change has cost', () => {
  it('is what the next text is measured by, for as long as it may take to come back', () => {
    for (const [milliseconds, onTrial] of [
      [59_999, true],
      [60_000, false],
    ] as const) {
      const world = trying('kills');
      world.wait(30_000);
      world.isUp = false;
      world.wait(milliseconds);
      expect(world.publish('two').includes('put two in place, configure under a timer')).toBe(onTrial);
    }
  });
});

describe('a BIRD that begins anew', () => {
  it('while it is told something: nothing is taken for known, and a trial still ends', () => {
    const world = new MachineWorld().begin();
    world.meanwhile = ({ kind }) => {
      if (kind === 'putInPlace') world.interrupt({ kind: 'birdChanged' });
    };
    world.publish('two');
    expect(world.state.inForce).toBeUndefined();
    world.wait(1_000);
    expect(state(world)).toBe('in force');
    expect(world.publish('two')).toEqual(['announce a, and see that BIRD reads it', 'answer ok']);
  });
});
