import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Setup } from './publish-setup.ts';
import { crash, established, files, publishAndWait, trialOver } from './trial-setup.ts';

const announce = ['192.0.2.1/32'];
const reset = { hold: 60, announce, rules: { allowSessionReset: true } };

describe('a change of bird.conf while a session is up', () => {
  test('is in force under a timer at once, and confirmed when the session has stayed up and is told the same', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const result = await publisher.publish(files({ announce, filter: '# new\naccept;\n' }));
    expect(result).toEqual({ ok: true, changed: true });
    expect(publisher.change).toMatchObject({ state: 'verifying', resets: [] });
    expect(existsSync(`${setup.config}.unconfirmed`)).toBe(true);
    await trialOver(publisher);
    expect(publisher.change).toBeUndefined();
    expect(setup.bird.commands).toContain('configure timeout 11');
    expect(setup.bird.commands.at(-1)).toBe('confirm');
    expect(existsSync(`${setup.config}.unconfirmed`)).toBe(false);
  });

  test('that resets the session waits, says what it would do, and leaves everything as it was', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const before = readFileSync(setup.config, 'utf8');
    const result = await publisher.publish(files({ hold: 60, announce: ['192.0.2.2/32'] }));
    expect(result).toMatchObject({ ok: false, code: 'changeWaits', announcementsInForce: true });
    const resets = [{ protocol: 'tor1', neighbor: '10.0.0.254', reasons: ['hold time 30 → 60'] }];
    expect(publisher.change).toMatchObject({ state: 'waits', resets });
    expect(publisher.change?.message).toContain('tor1 (10.0.0.254): hold time 30 → 60');
    expect(publisher.change?.message).toContain('flockctl apply --reset');
    expect(readFileSync(setup.config, 'utf8')).toBe(before);
    expect(setup.bird.running).toContain('192.0.2.2/32');
    expect(setup.bird.commands.filter((command) => command.startsWith('configure timeout'))).toEqual([]);
  });

  test('that waits is not judged again with every announcement', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files({ hold: 60, announce }));
    setup.bird.commands.length = 0;
    await publisher.publish(files({ hold: 60, announce: [] }));
    expect(setup.bird.commands).toEqual(['configure', 'show protocols']);
  });

  test('that waits is applied once it is permitted, and not a second time', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files({ hold: 60, announce }));
    publisher.permit({ reset: true, withdraw: false });
    expect(await publishAndWait(publisher, { hold: 60, announce })).toMatchObject({ ok: true });
    expect(setup.bird.running).toContain('hold time 60');
    expect(await publisher.publish(files({ hold: 90, announce }))).toMatchObject({ code: 'changeWaits' });
  });

  test('that comes after a permission for which nothing waited is not served by it', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    expect(publisher.permit({ reset: true, withdraw: true })).toBe(false);
    expect(await publisher.publish(files({ hold: 60, announce }))).toMatchObject({ code: 'changeWaits' });
    expect(setup.bird.running).toContain('hold time 30');
  });

  test('that is saved just after another one was permitted waits itself, and so does the permitted one later', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files({ hold: 60, announce }));
    expect(publisher.permit({ reset: true, withdraw: false })).toBe(true);
    for (const hold of [90, 60]) {
      expect(await publisher.publish(files({ hold, announce }))).toMatchObject({ code: 'changeWaits' });
    }
    expect(setup.bird.running).toContain('hold time 30');
  });

  test('that was permitted and then put right does not find the permission when it is made again', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files({ hold: 60, announce }));
    publisher.permit({ reset: true, withdraw: false });
    await publisher.publish(files({ announce }));
    expect(await publisher.publish(files({ hold: 60, announce }))).toMatchObject({ code: 'changeWaits' });
  });

  test('that was permitted while BIRD is away still waits for a permission, and says so', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files({ hold: 60, announce }));
    publisher.permit({ reset: true, withdraw: false });
    setup.bird.failure = 'unreachable';
    await publisher.publish(files({ hold: 60, announce }));
    expect(publisher.change).toMatchObject({ state: 'waits' });
    setup.bird.failure = undefined;
    expect(await publisher.publish(files({ hold: 60, announce }))).toMatchObject({ code: 'changeWaits' });
  });

  test('that waits is applied by itself once the session is down', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files({ hold: 60, announce }));
    setup.bird.isUp = () => false;
    expect(await publisher.publish(files({ hold: 60, announce }))).toMatchObject({ ok: true });
    expect(setup.bird.running).toContain('hold time 60');
  });

  test('that waits is forgotten when the configuration is put right again', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files({ hold: 60, announce }));
    expect(await publisher.publish(files({ announce }))).toMatchObject({ ok: true });
    expect(publisher.change).toBeUndefined();
    expect(publisher.lastPublish).toMatchObject({ ok: true, code: '' });
  });

  test('that gives the session another name is a reset', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const result = await publisher.publish(files({ name: 'rack7', announce }));
    expect(result).toMatchObject({ ok: false, code: 'changeWaits' });
  });

  test('that leaves out the session of a peer which the configuration has is refused whatever is allowed', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const result = await publisher.publish(files({ session: false, announce, rules: { allowSessionReset: true } }));
    expect(result).toMatchObject({ ok: false, code: 'configurationRefused' });
    expect(publisher.change?.message).toContain('no session any more for tor1 (10.0.0.254)');
    expect(setup.bird.running).toContain('protocol bgp tor1');
  });

  test('that ends the session of a peer which was taken out of the configuration is applied', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const result = await publishAndWait(publisher, { session: false, announce, rules: { neighbors: [] } });
    expect(result).toMatchObject({ ok: true });
    expect(setup.bird.running).not.toContain('protocol bgp tor1');
    expect(publisher.change).toBeUndefined();
  });

  test('that stops what the router is told is found out without anybody losing a route', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const before = readFileSync(setup.config, 'utf8');
    const result = await publisher.publish(files({ filter: 'reject; # export none', announce }));
    expect(result).toMatchObject({ ok: false, code: 'changeUndone', announcementsInForce: true });
    expect(publisher.change?.message).toContain('tor1 (10.0.0.254) would no longer receive 192.0.2.1/32');
    expect(setup.bird.commands).toContain('configure soft candidate timeout 10');
    expect(setup.bird.commands).toContain('undo');
    expect(setup.bird.commands.filter((command) => command.startsWith('configure timeout'))).toEqual([]);
    expect(readFileSync(setup.config, 'utf8')).toBe(before);
    expect(setup.bird.running).not.toContain('export none');
  });

  test('that stops what the router is told is applied when that is permitted', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const wanted = { filter: 'reject; # export none', announce };
    await publisher.publish(files(wanted));
    publisher.permit({ reset: false, withdraw: true });
    expect(await publishAndWait(publisher, wanted)).toMatchObject({ ok: true });
    expect(setup.bird.running).toContain('export none');
    expect(publisher.change).toBeUndefined();
  });

  test('that stops an address which is announced no more anyway is applied', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const result = await publishAndWait(publisher, { filter: 'reject; # export none', announce: [] });
    expect(result).toMatchObject({ ok: true });
  });
});

describe('a change on trial', () => {
  test('that cuts the session off is undone within its time, files and all', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const before = readFileSync(setup.config, 'utf8');
    setup.bird.isUp = () => !setup.bird.running.includes('as 64999');
    const ended = Promise.withResolvers<void>();
    publisher.onTrialEnd(ended.resolve);
    const wrong = { asn: 64_999, announce, rules: { allowSessionReset: true } };
    expect(await publisher.publish(files(wrong))).toMatchObject({ ok: true });
    await ended.promise;
    expect(publisher.change).toMatchObject({ state: 'undone' });
    expect(publisher.change?.message).toContain('the session with 10.0.0.254 (tor1) was up and is not');
    expect(publisher.lastPublish).toMatchObject({ ok: false, code: 'changeUndone' });
    expect(setup.bird.commands).toContain('undo');
    expect(setup.bird.running).toContain('as 64600');
    expect(readFileSync(setup.config, 'utf8')).toBe(before);
    expect(readFileSync(`${setup.config}.refused`, 'utf8')).toContain('as 64999');
    expect(existsSync(`${setup.config}.unconfirmed`)).toBe(false);
  });

  test('that was undone is not tried again by itself, not even by the next flockd', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    setup.bird.isUp = () => !setup.bird.running.includes('as 64999');
    const wrong = { asn: 64_999, announce, rules: { allowSessionReset: true } };
    await publishAndWait(publisher, wrong);
    for (const later of [publisher, setup.publisher()]) {
      setup.bird.commands.length = 0;
      expect(await later.publish(files(wrong))).toMatchObject({ ok: false, code: 'changeUndone' });
      expect(setup.bird.commands.filter((command) => /timeout|check/.test(command))).toEqual([]);
      expect(later.change).toMatchObject({ state: 'undone' });
    }
  });

  test('that was undone is tried again when a person says so', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    setup.bird.isUp = () => !setup.bird.running.includes('hold time 60');
    await publishAndWait(publisher, reset);
    expect(publisher.change).toMatchObject({ state: 'undone' });
    setup.bird.isUp = () => true;
    publisher.permit({ reset: true, withdraw: false });
    await publishAndWait(publisher, reset);
    expect(publisher.change).toBeUndefined();
    expect(setup.bird.running).toContain('hold time 60');
    expect(existsSync(`${setup.config}.refused`)).toBe(false);
  });

  test('that takes a route away although its session came back is undone at once', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const result = await publishAndWait(publisher, { ...reset, filter: 'reject; # export none' });
    expect(result).toMatchObject({ ok: true });
    expect(publisher.change).toMatchObject({ state: 'undone' });
    expect(publisher.change?.message).toContain('192.0.2.1/32');
    expect(setup.bird.running).not.toContain('export none');
  });

  test('lets announcements through, and is undone by its files then', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    setup.bird.isUp = () => !setup.bird.running.includes('hold time 60');
    await publisher.publish(files(reset));
    await publisher.publish(files({ ...reset, announce: ['192.0.2.2/32'] }));
    expect(setup.bird.running).toContain('hold time 60');
    expect(setup.bird.running).toContain('192.0.2.2/32');
    expect(setup.bird.running).not.toContain('192.0.2.1/32');
    await trialOver(publisher);
    expect(publisher.change).toMatchObject({ state: 'undone' });
    expect(setup.bird.commands).not.toContain('undo');
    expect(setup.bird.running).toContain('hold time 30');
    expect(setup.bird.running).toContain('192.0.2.2/32');
    expect(setup.bird.running).not.toContain('192.0.2.1/32');
  });

  test("survives somebody else's configure in between", async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files(reset));
    setup.bird.timer = false;
    await trialOver(publisher);
    expect(publisher.change).toBeUndefined();
    expect(setup.warnings.join()).toContain('another program or person has reconfigured BIRD');
    expect(setup.bird.running).toContain('hold time 60');
    expect(existsSync(`${setup.config}.unconfirmed`)).toBe(false);
  });

  test('survives a BIRD that dies of something else and comes back', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    await publisher.publish(files(reset));
    setup.bird.failure = 'unreachable';
    setup.bird.restart();
    publisher.forget();
    setTimeout(() => {
      setup.bird.failure = undefined;
    }, 150);
    await trialOver(publisher);
    expect(publisher.change).toBeUndefined();
    expect(setup.bird.running).toContain('hold time 60');
  });

  test('is taken back on the disk when BIRD stays away', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const before = readFileSync(setup.config, 'utf8');
    await publisher.publish(files(reset));
    setup.bird.failure = 'unreachable';
    await trialOver(publisher);
    expect(publisher.change).toMatchObject({ state: 'undone' });
    expect(publisher.change?.message).toContain('BIRD will read them when it answers again');
    expect(readFileSync(setup.config, 'utf8')).toBe(before);
  });

  test('that was cut short by the end of flockd is taken back by the next one, and tried anew', async () => {
    using setup = new Setup();
    const first = await established(setup);
    setup.bird.isUp = () => !setup.bird.running.includes('hold time 60');
    await first.publish(files(reset));
    await crash(setup, first);
    const second = setup.publisher();
    expect(await second.publish({ ...files({ announce }), config: undefined })).toMatchObject({ ok: true });
    expect(setup.warnings.join()).toContain('was on trial when flockd ended');
    expect(setup.bird.running).toContain('hold time 30');
    setup.bird.isUp = () => true;
    await publishAndWait(second, reset);
    expect(setup.bird.running).toContain('hold time 60');
    expect(second.change).toBeUndefined();
  });

  test('that is cut short by a stop of flockd is taken back, by BIRD and on the disk', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const before = readFileSync(setup.config, 'utf8');
    await publisher.publish(files(reset));
    await publisher.close();
    expect(readFileSync(setup.config, 'utf8')).toBe(before);
    expect(setup.bird.running).toContain('hold time 30');
    expect(setup.bird.timer).toBe(false);
  });

  test('is left alone by the next flockd when somebody has written another file since', async () => {
    using setup = new Setup();
    const first = await established(setup);
    await first.publish(files(reset));
    await crash(setup, first);
    const { config = '' } = files({ hold: 45, announce });
    writeFileSync(setup.config, config);
    const second = setup.publisher();
    await second.publish({ ...files({ announce }), config: undefined });
    expect(readFileSync(setup.config, 'utf8')).toBe(config);
  });

  test('goes before a newer text, which is asked for at its end', async () => {
    using setup = new Setup();
    const publisher = await established(setup);
    const ended = Promise.withResolvers<void>();
    publisher.onTrialEnd(ended.resolve);
    await publisher.publish(files(reset));
    const newer = { ...reset, filter: '# newer\naccept;' };
    expect(await publisher.publish(files(newer))).toMatchObject({ ok: true });
    expect(setup.bird.running).not.toContain('# newer');
    await ended.promise;
    await publishAndWait(publisher, newer);
    expect(setup.bird.running).toContain('# newer');
    expect(publisher.change).toBeUndefined();
  });
});
