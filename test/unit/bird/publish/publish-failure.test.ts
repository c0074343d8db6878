import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BirdErrorKind } from '../../../../src/bird-control/types.ts';
import { announcements, conf, Setup } from './publish-setup.ts';

const ONE = { config: conf('one'), announcements: announcements('one') };
const TWO = { config: conf('two'), announcements: announcements('two') };
const text = (path: string): string => readFileSync(path, 'utf8');

describe('a bird.conf that BIRD refuses', () => {
  it('is kept beside the live files with the reason, and its announcements go out under the one before', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    const inode = statSync(setup.config).ino;
    const result = await publisher.publish({ config: conf('BROKEN'), announcements: announcements('two') });
    expect(result).toMatchObject({ ok: false, code: 'configurationRefused', announcementsInForce: true });
    expect(statSync(setup.config).ino).toBe(inode);
    expect(setup.bird.running).toMatch(/# one\n.*# two\n/s);
    expect(text(`${setup.config}.refused`)).toBe(conf('BROKEN'));
    expect(text(`${setup.config}.refused.txt`)).toContain(`${setup.config}:2:1 syntax error`);
    expect(text(`${setup.config}.refused.txt`)).not.toContain('.flock-candidate');
    expect(publisher.lastPublish).toMatchObject({ ok: false, code: 'configurationRefused' });
  });

  it('is asked about and reported once, until it changes or BIRD begins anew', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    const checks = (): number => setup.bird.commands.filter((command) => command.startsWith('check')).length;
    for (let round = 0; round < 3; round += 1) await publisher.publish({ ...ONE, config: conf('BROKEN') });
    expect(checks()).toBe(2);
    expect(setup.bird.commands.filter((command) => command === 'configure')).toHaveLength(1);
    expect(setup.warnings).toHaveLength(1);
    await publisher.publish({ ...ONE, config: conf('BROKEN otherwise') });
    expect(checks()).toBe(3);
    publisher.forget();
    await publisher.publish({ ...ONE, config: conf('BROKEN otherwise') });
    expect(checks()).toBe(4);
  });

  it('is forgotten when the text is put right again', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    await publisher.publish({ ...ONE, config: conf('BROKEN') });
    expect(publisher.change).toMatchObject({ state: 'refused' });
    await publisher.publish(ONE);
    expect(publisher.change).toBeUndefined();
    expect(publisher.lastPublish).toMatchObject({ ok: true });
    expect(readdirSync(setup.folder).filter((name) => name.includes('refused'))).toEqual([]);
  });

  it('is forgotten when a good one follows', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    await publisher.publish({ ...ONE, config: conf('BROKEN') });
    expect(await publisher.publish(TWO)).toEqual({ ok: true, changed: true });
    expect(readdirSync(setup.folder).filter((name) => name.includes('refused'))).toEqual([]);
  });

  it('only after the check has passed is taken back', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    setup.bird.during = (command) => {
      if (command !== 'configure') return;
      const error = { file: setup.config, line: 3, column: 1, message: 'out of luck' };
      setup.bird.nextOutcome = { outcome: 'refused', error };
      setup.bird.during = () => {};
    };
    const result = await publisher.publish({ ...TWO, announcements: ONE.announcements });
    expect(result).toMatchObject({
      code: 'configurationRefused',
      message: expect.stringContaining('out of luck'),
      announcementsInForce: true,
    });
    expect([text(setup.config), text(setup.announcements)]).toEqual([ONE.config, ONE.announcements]);
    expect(text(`${setup.config}.refused`)).toBe(TWO.config);
  });

  it('and was the first leaves nothing in place', async () => {
    using setup = new Setup();
    setup.bird.during = (command) => {
      const error = { file: setup.config, line: 3, column: 1, message: 'out of luck' };
      if (command === 'configure') setup.bird.nextOutcome = { outcome: 'refused', error };
    };
    expect(await setup.publisher().publish(ONE)).toMatchObject({
      code: 'configurationRefused',
      announcementsInForce: false,
    });
    expect(existsSync(setup.config) || existsSync(setup.announcements)).toBe(false);
  });
});

describe('announcements that BIRD refuses', () => {
  it('are taken away again and kept beside', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    const result = await publisher.publish({ ...ONE, announcements: announcements('BROKEN') });
    expect(result).toMatchObject({ ok: false, code: 'configurationRefused' });
    expect(text(setup.announcements)).toBe(ONE.announcements);
    expect(text(`${setup.announcements}.refused`)).toBe(announcements('BROKEN'));
    expect(text(`${setup.config}.refused.txt`)).toContain(`${setup.announcements}:4:1 syntax error`);
    expect(await publisher.publish(ONE)).toEqual({ ok: true, changed: true });
  });

  it('and came first give way to an empty set, so that BIRD can start', async () => {
    using setup = new Setup();
    await setup.publisher().publish(ONE);
    rmSync(setup.announcements);
    await setup.publisher().publish({ ...ONE, announcements: announcements('BROKEN') });
    expect(text(setup.announcements)).toMatch(/flock_announce4 \{\n\tipv4;\n\tcheck link;\n\}/);
  });

  it('for a fault elsewhere stay, so that they hold once that is mended', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    const error = { file: join(setup.folder, 'mine.conf'), line: 3, column: 1, message: 'syntax error' };
    setup.bird.nextOutcome = { outcome: 'refused', error };
    const result = await publisher.publish({ ...ONE, announcements: TWO.announcements });
    expect(result).toMatchObject({ code: 'configurationRefused', message: expect.stringContaining('mine.conf:3:1') });
    expect(text(setup.announcements)).toBe(TWO.announcements);
  });
});

describe('while no BIRD answers', () => {
  it.each<BirdErrorKind>(['unreachable', 'timeout', 'connectionLost', 'busy'])(
    '(%s) a set that bird -p accepts is put in place',
    async (kind) => {
      using setup = new Setup();
      setup.bird.failure = kind;
      const publisher = setup.publisher(setup.program('exit 0'));
      const result = await publisher.publish(ONE);
      expect(result).toMatchObject({
        ok: false,
        code: 'birdUnavailable',
        message: expect.stringContaining("in place for BIRD's next start"),
      });
      expect([text(setup.config), text(setup.announcements)]).toEqual([ONE.config, ONE.announcements]);
      expect(setup.bird.commands).toHaveLength(1);
      setup.bird.failure = undefined;
      expect(await publisher.publish(ONE)).toEqual({ ok: true, changed: true });
    },
  );

  it('bird -p sees the candidate and all that it includes', { tags: ['real'] }, async () => {
    using setup = new Setup();
    setup.bird.failure = 'unreachable';
    const program = setup.program('[ "$1 $2" = "-p -c" ] || exit 9; cat "$3" flock-announcements.conf >&2; exit 1');
    const result = await setup
      .publisher(program)
      .publish({ config: conf('c'), announcements: announcements('last line') });
    expect(result).toMatchObject({ code: 'configurationRefused', message: expect.stringContaining('# last line') });
  });

  it('a set that bird -p refuses is not put in place', async () => {
    using setup = new Setup();
    setup.bird.failure = 'unreachable';
    const program = setup.program(
      'echo "bird: warning of something" >&2; echo "bird: $3:7:3 syntax error" >&2; exit 1',
    );
    const result = await setup.publisher(program).publish(ONE);
    expect(result).toMatchObject({
      code: 'configurationRefused',
      message: expect.stringContaining(`: ${setup.config}:7:3 syntax error;`),
    });
    expect(existsSync(setup.config) || existsSync(setup.announcements)).toBe(false);
  });

  it.each([
    ['there is no bird program', undefined, /no-bird/],
    ['the bird program dies', 'kill -9 $$', /-p: /],
    ['the bird program says nothing', 'exit 1', /-p: /],
    ['the bird program is something else', 'echo usage >&2; exit 2', /-p: /],
  ])('and %s nothing is put in place, and the message says so', async (_what, script, message) => {
    using setup = new Setup();
    setup.bird.failure = 'unreachable';
    const publisher = setup.publisher(script === undefined ? undefined : setup.program(script));
    const result = await publisher.publish(ONE);
    expect(result).toMatchObject({ ok: false, code: 'birdUnavailable', message: expect.stringMatching(message) });
    expect(result).toMatchObject({ message: expect.stringContaining('not put in place') });
    expect(readdirSync(setup.folder)).toEqual([]);
  });

  it('announcements are written for its next start', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    setup.bird.failure = 'connectionLost';
    const changed = { ...ONE, announcements: TWO.announcements };
    expect(await publisher.publish(changed)).toMatchObject({ ok: false, code: 'birdUnavailable' });
    expect(text(setup.announcements)).toBe(TWO.announcements);
    const inode = statSync(setup.announcements).ino;
    expect(await publisher.publish(changed)).toMatchObject({ ok: false, code: 'birdUnavailable' });
    expect(statSync(setup.announcements).ino).toBe(inode);
    setup.bird.failure = undefined;
    expect(await publisher.publish(changed)).toEqual({ ok: true, changed: true });
    expect(setup.bird.running).toContain('# two');
  });
});

describe('a BIRD', () => {
  it.each(['refused', 'protocol', 'invalidCommand', 'tooLarge'] as const)(
    'that answers the check with nonsense (%s) gets nothing put in place',
    async (kind) => {
      using setup = new Setup();
      setup.bird.failure = kind;
      const result = await setup.publisher(setup.program('exit 0')).publish(ONE);
      expect(result).toMatchObject({
        ok: false,
        code: 'birdUnavailable',
        message: expect.stringContaining('not put in place'),
      });
      expect(readdirSync(setup.folder)).toEqual([]);
    },
  );

  it.each(['inProgress', 'queued', 'shuttingDown', 'nothingToDo', 'queuedDropped'] as const)(
    'that answers configure with %s has not accepted, and is asked again',
    async (outcome) => {
      using setup = new Setup();
      const publisher = setup.publisher();
      await publisher.publish(ONE);
      setup.bird.nextOutcome = { outcome };
      const two = { ...TWO, announcements: ONE.announcements };
      expect(await publisher.publish(two)).toMatchObject({ ok: false, code: 'birdUnavailable' });
      expect(await publisher.publish(two)).toEqual({ ok: true, changed: true });
      setup.bird.nextOutcome = { outcome };
      const three = { ...two, announcements: announcements('three') };
      expect(await publisher.publish(three)).toMatchObject({ ok: false, code: 'birdUnavailable' });
      expect(await publisher.publish(three)).toEqual({ ok: true, changed: true });
      expect(setup.bird.running).toMatch(/# two\n.*# three\n/s);
    },
  );

  it('that dies in the middle of a structural configure finds judged files', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    await publisher.publish(ONE);
    setup.bird.during = (command) => {
      setup.bird.failure = command === 'configure' ? 'connectionLost' : undefined;
    };
    expect(await publisher.publish(TWO)).toMatchObject({ ok: false, code: 'birdUnavailable' });
    expect([text(setup.config), text(setup.announcements)]).toEqual([TWO.config, TWO.announcements]);
    expect(text(`${setup.config}.prev`)).toBe(ONE.config);
  });

  it('whose answer is a defect of ours is no excuse: the error comes out, and the next publish works', async () => {
    using setup = new Setup();
    const publisher = setup.publisher();
    setup.bird.during = () => {
      throw new TypeError('defect');
    };
    await expect(publisher.publish(ONE)).rejects.toThrow('defect');
    setup.bird.during = () => {};
    expect(await publisher.publish(ONE)).toEqual({ ok: true, changed: true });
  });
});
