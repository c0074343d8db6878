import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPublisher } from '../../../../src/bird/publish/publisher.ts';
import { silentLogger } from '../../../fakes/silent-logger.ts';
import { announcements, conf, Setup } from './publish-setup.ts';

const ONE = { config: conf('one'), announcements: announcements('one') };
const text = (path: string): string => readFileSync(path, 'utf8');

describe('a first publish', () => {
  it('stages the set, has it checked, puts it in place and configures', async () => {
    using setup = new Setup();
    const seen: string[] = [];
    setup.bird.during = (command) => seen.push(`${command}: ${readdirSync(setup.folder).join(' ')}`);
    const publisher = setup.publisher();
    expect(await publisher.publish(ONE)).toEqual({ ok: true, changed: true });
    const candidate = join(setup.folder, '.flock-candidate-bird.conf');
    expect(seen).toEqual([
      `check ${candidate}/bird.conf: .flock-candidate-bird.conf`,
      'show protocols: .flock-candidate-bird.conf',
      'configure: .flock-candidate-bird.conf bird.conf flock-announcements.conf',
      'show protocols: .flock-candidate-bird.conf bird.conf flock-announcements.conf',
    ]);
    expect(readdirSync(setup.folder)).toEqual(['bird.conf', 'flock-announcements.conf']);
    expect([text(setup.config), text(setup.announcements)]).toEqual([ONE.config, ONE.announcements]);
    expect(publisher.lastPublish).toEqual({ at: '1970-01-01T00:00:00.000Z', ok: true, code: '', message: '' });
    expect(setup.pokes).toBe(1);
  });

  it('sends configure also when the files are there already, and leaves bird.conf and the set before it alone', async () => {
    using setup = new Setup();
    await setup.publisher().publish({ ...ONE, config: conf('zero') });
    await setup.publisher().publish(ONE);
    const inode = statSync(setup.config).ino;
    setup.bird.commands.length = 0;
    expect(await setup.publisher().publish(ONE)).toEqual({ ok: true, changed: true });
    expect(setup.bird.commands).toEqual(['configure', 'show protocols']);
    expect(statSync(setup.config).ino).toBe(inode);
    expect(text(`${setup.config}.prev`)).toBe(conf('zero'));
  });

  it('finds out that BIRD reads another file', async () => {
    using setup = new Setup();
    setup.bird.nextOutcome = { outcome: 'applied' };
    const result = await setup.publisher().publish(ONE);
    expect(result).toMatchObject({
      ok: false,
      code: 'birdUnavailable',
      message: expect.stringMatching(/it reads another file; start it with -c/),
    });
  });
});

describe('a later publish', () => {
  it('of what BIRD has accepted already does nothing', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    const before = { at: publisher.lastPublish, commands: [...setup.bird.commands] };
    expect(await publisher.publish({ ...ONE })).toEqual({ ok: true, changed: false });
    expect(setup.bird.commands).toEqual(before.commands);
    expect(publisher.lastPublish).toBe(before.at);
  });

  it('of other announcements alone is one configure, and does not touch bird.conf', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    const inode = statSync(setup.config).ino;
    setup.bird.commands.length = 0;
    expect(await publisher.publish({ ...ONE, announcements: announcements('two') })).toEqual({
      ok: true,
      changed: true,
    });
    expect(setup.bird.commands).toEqual(['configure']);
    expect(setup.bird.running).toContain('# two');
    expect(statSync(setup.config).ino).toBe(inode);
    expect(readdirSync(setup.folder)).toEqual([
      '.flock-announcements.conf.reserve',
      'bird.conf',
      'flock-announcements.conf',
    ]);
  });

  it('of another bird.conf comes after the announcements, is checked first and keeps the set before', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    setup.bird.commands.length = 0;
    const two = { config: conf('two'), announcements: announcements('two') };
    expect(await publisher.publish(two)).toEqual({ ok: true, changed: true });
    const commands = setup.bird.commands.map((command) => command.replace(/ \/.*/, ''));
    expect(commands).toEqual(['configure', 'check', 'show protocols', 'configure', 'show protocols']);
    expect(text(`${setup.config}.prev`)).toBe(ONE.config);
  });

  it('after BIRD has restarted sends configure whatever the text', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    publisher.forget();
    expect(await publisher.publish(ONE)).toEqual({ ok: true, changed: true });
  });

  it('does not trust an answer of a BIRD that restarted meanwhile', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    setup.bird.during = () => publisher.forget();
    await publisher.publish(ONE);
    setup.bird.during = () => {};
    expect(await publisher.publish(ONE)).toEqual({ ok: true, changed: true });
    expect(await publisher.publish(ONE)).toEqual({ ok: true, changed: false });
  });

  it('waits for the one before', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    const numbers = [0, 1, 2, 3, 4, 5];
    const results = await Promise.all(
      numbers.map((n) => publisher.publish({ config: conf(`${n % 2}`), announcements: announcements(`set ${n}`) })),
    );
    expect(results).toEqual(numbers.map(() => ({ ok: true, changed: true })));
    expect(setup.bird.running).toMatch(/# 1\n.*# set 5\n/s);
  });

  it('without a bird.conf, as when templates are broken, goes out under the one in place', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    const only = { config: undefined, announcements: announcements('two') };
    expect(await publisher.publish(only)).toMatchObject({ ok: false, code: 'templateError' });
    await publisher.publish(ONE);
    expect(await publisher.publish(only)).toEqual({ ok: true, changed: true });
    expect(setup.bird.running).toMatch(/# one\n.*# two\n/s);
  });
});

describe('the files', () => {
  it.skipIf(process.geteuid?.() !== 0)(
    'can be read by whom the folder belongs to, and by all only where the folder can (needs root)',
    async () => {
      using setup = new Setup();
      const candidates: string[] = [];
      setup.bird.during = (command) => {
        if (!command.startsWith('check')) return;
        const { uid, gid, mode } = statSync(join(setup.folder, '.flock-candidate-bird.conf'));
        candidates.push(`${uid} ${gid} ${(mode & 0o777).toString(8)}`);
      };
      chownSync(setup.folder, 4711, 4712);
      chmodSync(setup.folder, 0o750);
      await setup.publisher().publish(ONE);
      chmodSync(setup.folder, 0o755);
      await setup.publisher().publish({ config: conf('two'), announcements: ONE.announcements });
      expect(new Set(candidates)).toEqual(new Set(['4711 4712 750', '4711 4712 755']));
      for (const [path, mode] of [
        [setup.config, '644'],
        [setup.announcements, '644'],
        [`${setup.config}.prev`, '640'],
      ] as const) {
        const stat = statSync(path);
        expect(`${stat.uid} ${stat.gid} ${(stat.mode & 0o777).toString(8)}`).toBe(`4711 4712 ${mode}`);
      }
    },
  );

  it('are never written through a link that lies in the way', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    const victim = join(setup.folder, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(setup.folder, '.flock-announcements.conf.new'));
    symlinkSync(victim, `${setup.config}.refused`);
    await publisher.publish({ ...ONE, announcements: announcements('two') });
    await publisher.publish({ ...ONE, config: conf('BROKEN') });
    expect(text(victim)).toBe('precious');
    expect(lstatSync(setup.announcements).isSymbolicLink()).toBe(false);
  });

  it('of a candidate have the neighbours of the real ones, so that relative includes mean the same', async () => {
    using setup = new Setup();
    mkdirSync(join(setup.folder, 'extra'));
    writeFileSync(join(setup.folder, 'extra', 'a.conf'), '# extra\n');
    const config = `${conf('one')}include "extra/a.conf";\n`;
    expect(await setup.publisher().publish({ ...ONE, config })).toEqual({ ok: true, changed: true });
    expect(setup.bird.running).toContain('# extra');
    expect(text(join(setup.folder, 'extra', 'a.conf'))).toBe('# extra\n');
  });

  it('of a candidate that a crash has left are cleared away', async () => {
    using setup = new Setup();
    const left = join(setup.folder, '.flock-candidate-bird.conf');
    mkdirSync(left);
    writeFileSync(join(left, 'bird.conf'), 'old');
    expect(await setup.publisher().publish(ONE)).toEqual({ ok: true, changed: true });
    expect(readdirSync(setup.folder)).toEqual(['bird.conf', 'flock-announcements.conf']);
  });

  it('that cannot be written are an error that names the path', async () => {
    using setup = new Setup();
    const config = join(setup.folder, 'nowhere', 'bird.conf');
    const publisher = createPublisher({ config, control: setup.bird, now: () => new Date(0), log: silentLogger });
    const result = await publisher.publish(ONE);
    expect(result).toMatchObject({
      ok: false,
      code: 'fileError',
      message: expect.stringContaining(join(setup.folder, 'nowhere')),
    });
    expect(publisher.lastPublish).toMatchObject({ ok: false, code: 'fileError' });
    expect(setup.bird.commands).toEqual([]);
  });

  it('stay as they were when the new ones cannot all be put in place', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    mkdirSync(`${setup.config}.prev`); // rename(2) does not replace a folder by a file.
    const result = await publisher.publish({ config: conf('two'), announcements: announcements('two') });
    expect(result).toMatchObject({ ok: false, code: 'fileError' });
    expect([text(setup.config), text(setup.announcements)]).toEqual([ONE.config, announcements('two')]);
  });
});

describe('a bird.conf that is not ours', () => {
  it('is kept, and never overwrites one that was kept before', async () => {
    using setup = new Setup();
    writeFileSync(setup.config, '# foreign\n');
    const publisher = setup.publisher();
    expect(publisher.keptForeignConfig).toBeUndefined();
    await publisher.publish(ONE);
    expect(publisher.keptForeignConfig).toBe(`${setup.config}.before-flock`);
    expect(setup.warnings).toEqual([expect.stringContaining('is kept as')]);
    for (const foreign of ['# foreign too\n', '# foreign\n']) {
      writeFileSync(setup.config, foreign);
      const next = setup.publisher();
      await next.publish(ONE);
      const end = foreign.includes('too') ? '.1' : '';
      expect(next.keptForeignConfig).toBe(`${setup.config}.before-flock${end}`);
    }
    expect(text(`${setup.config}.before-flock`)).toBe('# foreign\n');
    expect(text(`${setup.config}.before-flock.1`)).toBe('# foreign too\n');
    expect(readdirSync(setup.folder).filter((name) => name.includes('before'))).toHaveLength(2);
    expect(text(setup.config)).toBe(ONE.config);
  });

  it('stays in place while ours is refused', async () => {
    using setup = new Setup();
    writeFileSync(setup.config, '# foreign\n');
    const result = await setup.publisher().publish({ ...ONE, config: conf('BROKEN') });
    expect(result).toMatchObject({ ok: false, code: 'configurationRefused', announcementsInForce: false });
    expect(text(setup.config)).toBe('# foreign\n');
    expect(readdirSync(setup.folder)).toEqual([
      'bird.conf',
      'bird.conf.refused',
      'bird.conf.refused.txt',
      'flock-announcements.conf.refused',
    ]);
  });
});
