import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { run } from '../../../lab/process.ts';
import { announcements, conf, Setup } from './publish-setup.ts';

const ONE = { config: conf('one'), announcements: announcements('one') };
const text = (path: string): string => readFileSync(path, 'utf8');

/** A setup whose first set is in force, in the place of a file that was there before. */
async function inForce() {
  const setup = new Setup();
  writeFileSync(`${setup.config}.before-flock`, '# of the package\n');
  const publisher = setup.publisher();
  await publisher.publish(ONE);
  setup.bird.commands.length = 0;
  return Object.assign(setup, { publisher });
}

/** What is kept beside the files. */
const kept = (setup: Setup): string[] => readdirSync(setup.folder).filter((name) => name.includes('.edited'));

describe('a file of flockd’s that somebody else has written', () => {
  it.each(['config', 'announcements'] as const)('(%s) is put right without a configure, and kept', async (file) => {
    using setup = await inForce();
    writeFileSync(setup[file], 'BROKEN by hand\n');
    expect(await setup.publisher.publish(ONE)).toEqual({ ok: true, changed: false });
    expect(text(setup[file])).toBe(ONE[file]);
    expect(text(`${setup[file]}.edited`)).toBe('BROKEN by hand\n');
    expect(setup.bird.commands).toEqual(['show status']);
    expect(setup.warnings.join()).toContain(`another program or person has written ${setup[file]}`);
    expect(setup.publisher.keptEdits).toEqual([expect.stringContaining(`${setup[file]}.edited`)]);
    rmSync(`${setup[file]}.edited`);
    expect(setup.publisher.keptEdits).toEqual([]);
  });

  it('is what was there before flockd when it is the first: kept for good, and no problem', async () => {
    using setup = await inForce();
    rmSync(`${setup.config}.before-flock`);
    writeFileSync(setup.config, '# comes with the package of BIRD\n');
    expect(await setup.publisher.publish(ONE)).toEqual({ ok: true, changed: false });
    expect(text(setup.config)).toBe(ONE.config);
    expect(text(`${setup.config}.before-flock`)).toBe('# comes with the package of BIRD\n');
    expect([kept(setup), setup.publisher.keptEdits]).toEqual([[], []]);
  });

  it.each(['config', 'announcements'] as const)('(%s) is put right when it is gone or empty', async (file) => {
    using setup = await inForce();
    for (const spoil of [rmSync, truncateSync]) {
      spoil(setup[file]);
      await setup.publisher.publish(ONE);
      expect(text(setup[file])).toBe(ONE[file]);
    }
    expect(kept(setup)).toEqual([]);
  });

  it.each(['config', 'announcements'] as const)(
    '(%s) is put right when it is no file any more',
    { tags: ['real'] },
    async (file) => {
      using setup = await inForce();
      const kinds = [
        () => mkdirSync(setup[file]),
        () => symlinkSync('/dev/null', setup[file]),
        () => symlinkSync('nowhere', setup[file]),
        () => run(['mkfifo', setup[file]]),
      ];
      for (const make of kinds) {
        rmSync(setup[file]);
        await make();
        await setup.publisher.publish(ONE);
        expect(lstatSync(setup[file]).isFile()).toBe(true);
        expect(text(setup[file])).toBe(ONE[file]);
      }
      expect(kept(setup)).toHaveLength(kinds.length);
    },
  );

  it('is kept once for each text, and no more than the last five', async () => {
    using setup = await inForce();
    for (const number of [1, 2, 1, 2, 3, 4, 5, 6, 7]) {
      writeFileSync(setup.config, `# by hand ${number}\n`);
      await setup.publisher.publish(ONE);
      expect(text(setup.config)).toBe(ONE.config);
    }
    const texts = kept(setup).map((name) => text(`${setup.folder}/${name}`));
    expect(texts.sort()).toEqual([3, 4, 5, 6, 7].map((number) => `# by hand ${number}\n`));
  });

  it('and that BIRD may have read is left, and taken back like any other change', async () => {
    using setup = await inForce();
    writeFileSync(setup.config, conf('by hand'));
    setup.bird.displaced = true;
    expect(await setup.publisher.publish(ONE)).toEqual({ ok: true, changed: true });
    expect(setup.bird.commands.map((command) => command.replace(/ \/.*/, ''))).toEqual([
      ...['show status', 'configure', 'show protocols'],
      ...['check', 'show protocols', 'configure', 'show protocols'],
    ]);
    expect(text(setup.config)).toBe(ONE.config);
    expect(text(`${setup.config}.edited`)).toBe(conf('by hand'));
  });

  it('while BIRD is away is put right for its next start, without a program that could judge it', async () => {
    using setup = await inForce();
    setup.bird.failure = 'unreachable';
    setup.publisher.forget();
    writeFileSync(setup.config, 'BROKEN by hand\n');
    expect(await setup.publisher.publish(ONE)).toMatchObject({ ok: false, code: 'birdUnavailable' });
    expect(text(setup.config)).toBe(ONE.config);
    expect(text(`${setup.config}.edited`)).toBe('BROKEN by hand\n');
  });

  it('the same as it was is read again, and nothing is kept', async () => {
    using setup = await inForce();
    writeFileSync(setup.config, ONE.config);
    expect(await setup.publisher.publish(ONE)).toEqual({ ok: true, changed: true });
    expect(kept(setup)).toEqual([]);
  });

  it("is not the operator's own, which is never touched", async () => {
    using setup = new Setup();
    writeFileSync(setup.config, 'router id 10.0.0.1;\ninclude "flock.conf";\n');
    const publisher = setup.publisher(undefined, 'include');
    await publisher.publish(ONE);
    writeFileSync(setup.config, 'router id 10.0.0.2;\ninclude "flock.conf";\n');
    writeFileSync(`${setup.folder}/flock.conf`, 'BROKEN by hand\n');
    expect(await publisher.publish(ONE)).toEqual({ ok: true, changed: true });
    expect(text(setup.config)).toContain('10.0.0.2');
    expect(setup.bird.running).toContain('10.0.0.2');
    expect(text(`${setup.folder}/flock.conf`)).toBe(ONE.config);
    expect(existsSync(`${setup.config}.edited`)).toBe(false);
    await publisher.close();
  });
});

describe('the watch on the files', () => {
  it('tells of an edit once it has been the same for two looks, and once', async () => {
    using setup = new Setup();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const publisher = setup.publisher();
      let told = 0;
      publisher.onTrialEnd(() => {
        told += 1;
      });
      await publisher.publish(ONE);
      const looks = (count: number) => vi.advanceTimersByTime(count * 1_000);
      looks(5);
      expect(told).toBe(0);
      for (const half of ['# a', '# ab', '# abc']) {
        writeFileSync(setup.config, half);
        looks(1);
      }
      expect(told).toBe(0);
      looks(5);
      expect(told).toBe(1);
      await publisher.publish(ONE);
      looks(5);
      expect(told).toBe(1);
      await publisher.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('tells again and again while a file cannot be written', async () => {
    using setup = new Setup();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const publisher = setup.publisher();
      let told = 0;
      publisher.onTrialEnd(() => {
        told += 1;
      });
      await publisher.publish(ONE);
      mkdirSync(`${setup.config}.prev`); // rename(2) does not replace a folder by a file.
      expect(await publisher.publish({ ...ONE, config: conf('two') })).toMatchObject({
        ...{ ok: false, code: 'fileError', announcementsInForce: true },
      });
      vi.advanceTimersByTime(3_000);
      expect(told).toBe(3);
      rmSync(`${setup.config}.prev`, { recursive: true });
      expect(await publisher.publish({ ...ONE, config: conf('two') })).toMatchObject({ ok: true });
      vi.advanceTimersByTime(3_000);
      expect(told).toBe(3);
      await publisher.close();
    } finally {
      vi.useRealTimers();
    }
  });
});
