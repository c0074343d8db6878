import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../lab/eventually.ts';
import { route } from './file-reading-bird.ts';
import { Setup } from './publish-setup.ts';
import { crash, established, files, publishAndWait, trialOver } from './trial-setup.ts';

const announce = ['192.0.2.1/32'];
const rules = { allowSessionReset: true };
const reset = { hold: 60, announce, rules };
const wrong = { asn: 64_999, announce, rules };

/** The session is up unless the text has a wrong AS number. */
function upUnlessWrong(setup: Setup): void {
  setup.bird.isUp = () => !setup.bird.running.includes('as 6499');
}

describe('a session that a change has cost', () => {
  test('is still waited for after a crash: the bad text is not in force for good because the session was down', async () => {
    using setup = new Setup();
    const first = await established(setup);
    upUnlessWrong(setup);
    await first.publish(files(wrong));
    await crash(setup, first);
    setup.bird.isUp = () => false;
    const second = setup.publisher();
    await publishAndWait(second, wrong);
    expect(second.change).toMatchObject({ state: 'undone' });
    expect(second.change?.message).toContain('the session with 10.0.0.254 (tor1) was up and is not');
    expect(setup.bird.running).toContain('as 64600');
  });

  test('is still waited for after a stop of flockd', async () => {
    using setup = new Setup();
    const first = await established(setup);
    upUnlessWrong(setup);
    await first.publish(files(wrong));
    await first.close();
    setup.bird.isUp = () => false;
    const second = setup.publisher();
    await publishAndWait(second, wrong);
    expect(second.change).toMatchObject({ state: 'undone' });
    expect(existsSync(`${setup.config}.unconfirmed`)).toBe(false);
  });

  test('is what the next text is measured by, when that comes before the session is back', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    upUnlessWrong(setup);
    await publishAndWait(publisher, wrong);
    setup.bird.isUp = () => false;
    await publishAndWait(publisher, { ...wrong, asn: 64_998 });
    expect(publisher.change).toMatchObject({ state: 'undone' });
    expect(setup.bird.running).toContain('as 64600');
  });

  test('does not count any more once it is back', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    upUnlessWrong(setup);
    await publishAndWait(publisher, wrong);
    await publishAndWait(publisher, reset);
    setup.bird.isUp = () => false;
    expect(await publisher.publish(files({ ...reset, hold: 90 }))).toMatchObject({ ok: true });
    expect(publisher.change).toBeUndefined();
  });
});

describe('a newer text while one is on trial', () => {
  test('of another edit takes the place of one that is not good', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    upUnlessWrong(setup);
    const slow = { ...rules, confirmTimeout: 60 };
    await publisher.publish(files({ ...wrong, rules: slow, edition: 1 }));
    expect(await publisher.publish(files({ ...reset, rules: slow, edition: 2 }))).toMatchObject({ ok: true });
    expect(setup.bird.running).toContain('hold time 60');
    await trialOver(publisher);
    expect(publisher.change).toBeUndefined();
    expect(existsSync(`${setup.config}.refused`)).toBe(false);
    expect(publisher.keptEdits).toEqual([]);
  });

  test('that is the one of before ends the trial at once', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    upUnlessWrong(setup);
    await publisher.publish(files({ ...wrong, rules: { ...rules, confirmTimeout: 60 }, edition: 1 }));
    expect(await publisher.publish(files({ announce, edition: 2 }))).toMatchObject({ ok: true });
    expect(publisher.change).toBeUndefined();
    expect(setup.bird.running).toContain('as 64600');
    expect(existsSync(`${setup.config}.unconfirmed`)).toBe(false);
    // What flockd has put back itself is nobody else's edit.
    expect(publisher.keptEdits).toEqual([]);
  });

  test('that cannot even be rendered ends it too: the operator is in the middle of mending', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    upUnlessWrong(setup);
    const slow = { ...rules, confirmTimeout: 60 };
    await publisher.publish(files({ ...wrong, rules: slow, edition: 1 }));
    const { announcements } = files({ announce });
    expect(await publisher.publish({ config: undefined, announcements, edition: 1 })).toMatchObject({ ok: true });
    expect(publisher.change).toMatchObject({ state: 'verifying' });
    expect(await publisher.publish({ config: undefined, announcements, edition: 2 })).toMatchObject({ ok: true });
    expect(publisher.change).toBeUndefined();
    expect(setup.bird.running).toContain('as 64600');
    expect(readFileSync(setup.config, 'utf8')).toContain('as 64600');
    expect(publisher.keptEdits).toEqual([]);
  });

  test('of the same edit waits: the host may be another one because of the trial', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    upUnlessWrong(setup);
    await publisher.publish(files({ ...wrong, edition: 1 }));
    await publisher.publish(files({ ...wrong, filter: '# newer\naccept;', edition: 1 }));
    expect(setup.bird.running).not.toContain('# newer');
    await trialOver(publisher);
    expect(publisher.change).toMatchObject({ state: 'undone' });
  });

  test('waits for a trial that is about to end well', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files({ ...reset, edition: 1 }));
    const since = setup.bird.commands.length;
    await eventually(() => setup.bird.commands.slice(since).includes('show route count'), 'a look finds nothing wrong');
    await publisher.publish(files({ ...reset, hold: 90, edition: 2 }));
    await trialOver(publisher);
    expect(publisher.change).toBeUndefined();
    expect(setup.bird.running).toContain('hold time 60');
  });
});

describe('what is no loss', () => {
  test('is an address that was withdrawn during the trial, of however many', async () => {
    using setup = new Setup();
    const many = Array.from({ length: 150 }, (_, n) => `192.0.2.${n}/32`);
    const publisher = await established(setup, { announce: many });
    await publisher.publish(files({ ...reset, announce: many }));
    await publisher.publish(files({ ...reset, announce: [] }));
    await trialOver(publisher);
    expect(publisher.change).toBeUndefined();
  });

  test('is an anycast address that was withdrawn here while a router has it from another node', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    setup.bird.others = [route('192.0.2.1/32', 'tor1')];
    await publisher.publish(files(reset));
    await publisher.publish(files({ ...reset, announce: [] }));
    await trialOver(publisher);
    expect(publisher.change).toBeUndefined();
  });
});

describe('a trial and files that cannot be put right', () => {
  test('has BIRD go back all the same, and stays undone although the session is back then', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    upUnlessWrong(setup);
    await publisher.publish(files(wrong));
    // A folder in the place of the file, which no rename replaces by a file.
    rmSync(setup.config);
    mkdirSync(setup.config);
    await eventually(() => publisher.change?.message.includes('cannot end the trial'), 'status tells of it');
    expect(setup.bird.running).toContain('as 64600');
    rmdirSync(setup.config);
    await trialOver(publisher);
    expect(publisher.change).toMatchObject({ state: 'undone' });
    expect(readFileSync(setup.config, 'utf8')).toContain('as 64600');
  });

  test('is told of as what it is when the refused text cannot be kept', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    mkdirSync(`${setup.config}.refused`);
    const result = await publisher.publish(files({ announce, filter: 'BROKEN' }));
    expect(result).toMatchObject({ ok: false, code: 'configurationRefused' });
    expect(setup.warnings.join()).toContain('cannot keep what was refused');
  });
});

describe("a trial and somebody else's configure", () => {
  test('is not proven by what BIRD runs in its place', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files(reset));
    const error = { file: 'bird.conf', line: 1, column: 1, message: 'syntax error' };
    setup.bird.timer = false;
    setup.bird.during = (command) => {
      if (command === 'configure') setup.bird.nextOutcome = { outcome: 'refused', error };
    };
    await trialOver(publisher);
    expect(publisher.change).toMatchObject({ state: 'undone' });
    expect(publisher.change?.message).toContain('reconfigured by another program or person');
  });

  test('is brought back when flockd has noticed it', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files(reset));
    await publisher.publish(files({ ...reset, announce: [] }));
    setup.bird.displaced = true;
    await trialOver(publisher);
    expect(setup.warnings.join()).toContain('another program or person has reconfigured BIRD');
    expect(setup.bird.displaced).toBe(false);
    expect(publisher.change).toBeUndefined();
  });
});

describe('a bird.conf that is edited by hand', () => {
  const withHold = (setup: Setup, hold: string): void =>
    writeFileSync(setup.config, readFileSync(setup.config, 'utf8').replace('hold time 30', hold));

  test.each(['hold time 45', 'BROKEN'])(
    'to %s never comes into force with an announcement, and holds none back',
    async (hold) => {
      using setup = new Setup();
      const publisher = await established(setup);
      withHold(setup, hold);
      expect(await publisher.publish(files({ announce: [] }))).toEqual({ ok: true, changed: true });
      expect(setup.bird.running).not.toContain('192.0.2.1/32');
      expect(setup.bird.running).toContain('hold time 30');
      expect(readFileSync(setup.config, 'utf8')).toContain('hold time 30');
      expect(readFileSync(`${setup.config}.edited`, 'utf8')).toContain(hold);
      expect(setup.bird.commands.filter((command) => command.startsWith('configure'))).toEqual(['configure']);
    },
  );

  test('to what BIRD refuses is replaced by the next flockd too, under a timer', async () => {
    using setup = new Setup();
    const first = await established(setup);
    await first.close();
    withHold(setup, 'BROKEN');
    const second = setup.publisher();
    await publishAndWait(second, { announce: [] });
    expect(second.change).toBeUndefined();
    expect(setup.bird.running).toContain('hold time 30');
    expect(setup.bird.running).not.toContain('192.0.2.1/32');
    expect(readFileSync(setup.config, 'utf8')).toContain('hold time 30');
  });

  test('during a trial is put right, and what the trial goes back to stays', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    writeFileSync(`${setup.config}.before-flock`, '# of the package\n');
    upUnlessWrong(setup);
    await publisher.publish(files(wrong));
    for (const text of ['# foreign\n', readFileSync(setup.config, 'utf8').replace('as 64999', 'as 64998')]) {
      writeFileSync(setup.config, text);
      await publisher.publish(files({ ...wrong, announce: [] }));
      expect(readFileSync(setup.config, 'utf8')).toContain('as 64999');
    }
    expect(publisher.keptEdits).toHaveLength(2);
    await trialOver(publisher);
    expect(publisher.change).toMatchObject({ state: 'undone' });
    expect(setup.bird.running).toContain('as 64600');
  });
});

test('a publisher that was closed publishes no more', async () => {
  using setup = new Setup();
  const publisher = await established(setup);
  await publisher.close();
  expect(await publisher.publish(files(reset))).toMatchObject({ ok: false, code: 'birdUnavailable' });
  expect(setup.bird.running).toContain('hold time 30');
});
