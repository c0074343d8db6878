import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { announcements, conf, Setup } from './publish-setup.ts';

const ONE = { config: conf('one'), announcements: announcements('one') };

/** Names in the folder that are not the files of a set in force. */
function beside(setup: Setup): string[] {
  const live = ['bird.conf', 'flock-announcements.conf', '.flock-announcements.conf.reserve'];
  return readdirSync(setup.folder).filter((name) => !live.includes(name));
}

describe('what a flockd that was killed has left beside its files', () => {
  it('goes with the first publish of the next one', async () => {
    using setup = new Setup();
    await setup.publisher().publish(ONE);
    const candidate = join(setup.folder, '.flock-candidate-bird.conf');
    mkdirSync(candidate);
    symlinkSync(setup.config, join(candidate, 'link'));
    mkdirSync(join(setup.folder, '.flock-candidate-other.conf'));
    writeFileSync(join(setup.folder, '.flock-announcements.conf.new'), 'half a tex');
    for (const name of ['bird.conf.new', 'bird.conf.prev.new', 'flock.conf.new'])
      writeFileSync(join(setup.folder, name), conf(name));
    for (const name of ['bird.conf', 'flock.conf', 'flock-announcements.conf'])
      writeFileSync(join(setup.folder, `${name}.refused`), conf('BROKEN'));
    writeFileSync(join(setup.folder, 'bird.conf.refused.txt'), 'BIRD refuses it\n');
    await setup.publisher().publish({ config: undefined, announcements: ONE.announcements });
    expect(beside(setup)).toEqual([]);
    expect(existsSync(setup.config)).toBe(true);
  });

  it('stays where it is not of our name or kind, or the start goes on with it', async () => {
    using setup = new Setup();
    await setup.publisher().publish(ONE);
    const stays = ['.flock-candidate-notes', 'bird.conf.before-flock', 'bird.conf.new', 'bird.conf.prev'];
    for (const name of stays) writeFileSync(join(setup.folder, name), '# a draft of the operator\n');
    mkdirSync(join(setup.folder, 'flock.conf.refused'));
    writeFileSync(join(setup.folder, 'bird.conf.refused'), conf('two'));
    writeFileSync(join(setup.folder, 'bird.conf.refused.txt'), 'changeUndone: it cost a session\n');
    writeFileSync(join(setup.folder, 'flock-announcements.conf.refused'), '');
    const all = beside(setup);
    const publisher = setup.publisher();
    await publisher.publish({ config: undefined, announcements: ONE.announcements });
    expect(beside(setup)).toEqual(all);
    expect(publisher.change).toMatchObject({ state: 'undone', message: 'it cost a session' });
  });
});
