import { describe, expect, it } from 'vitest';
import {
  checkCommand,
  configureCommand,
  countRoutesCommand,
  showRouteCommand,
} from '../../../src/bird-control/commands.ts';
import { encodeCommand, MAX_COMMAND_BYTES, quoteName, quotePath } from '../../../src/bird-control/quote.ts';
import { BirdError } from '../../../src/bird-control/types.ts';

/** The error that the function throws, if it is ours. */
function refusal(build: () => unknown): BirdError | undefined {
  try {
    build();
  } catch (error) {
    if (error instanceof BirdError) return error;
    throw error;
  }
  return undefined;
}

describe('writing commands', () => {
  it('keeps the order that BIRD insists on', () => {
    expect(configureCommand({ undoAfterSeconds: 30, soft: true, file: '/etc/bird/a b.conf' })).toBe(
      'configure soft "/etc/bird/a b.conf" timeout 30',
    );
    expect(configureCommand({})).toBe('configure');
    expect(checkCommand('/etc/bird.conf')).toBe('configure check "/etc/bird.conf"');
  });

  it('asks for routes by every condition of the query', () => {
    expect(
      showRouteCommand({
        network: '2001:DB8::/32',
        table: 'master6',
        all: true,
        primary: true,
        exportedTo: 'tor-1',
        protocol: 'any.cast',
      }),
    ).toBe("show route 2001:db8::/32 table 'master6' all primary export 'tor-1' protocol 'any.cast'");
    expect(countRoutesCommand({ protocol: 'flock4' })).toBe("show route protocol 'flock4' count");
    expect(showRouteCommand({})).toBe('show route');
  });

  it.each(['192.0.2.1', '192.0.2.1/24', '192.0.2.0/33', 'all', '::/0 count', ''])(
    'refuses %o as a network',
    (network) => {
      expect(refusal(() => showRouteCommand({ network }))).toMatchObject({ kind: 'invalidCommand' });
    },
  );

  it.each([0, -1, 1.5, Number.NaN, 2 ** 31])('refuses to undo after %d seconds', (undoAfterSeconds) => {
    expect(refusal(() => configureCommand({ undoAfterSeconds }))?.message).toContain(String(undoAfterSeconds));
  });

  it.each(['a" timeout 1 "', 'bird.conf', '', '/a\nconfigure', '/a\u0000', '/a\u007f', '/a\u0085', '/\ud800'])(
    'refuses %o as a file',
    (path) => {
      expect(refusal(() => quotePath(path))).toMatchObject({ kind: 'invalidCommand' });
    },
  );

  it.each(["tor'", 'tor 1', 'tor"', '', 'tör', 'tor;', 'tor\n'])('refuses %o as a name', (name) => {
    expect(refusal(() => quoteName(name))).toMatchObject({ kind: 'invalidCommand' });
  });

  it('leaves backslash, space, # and ; in a file name as they are, since BIRD has no escapes', () => {
    expect(quotePath('/etc/a\\b #;é.conf')).toBe('"/etc/a\\b #;é.conf"');
  });

  it('counts bytes, not characters', () => {
    const path = `/${'é'.repeat(MAX_COMMAND_BYTES / 2)}`;
    expect(path.length).toBeLessThan(MAX_COMMAND_BYTES);
    expect(refusal(() => encodeCommand(checkCommand(path)))?.message).toContain(String(MAX_COMMAND_BYTES));
    expect(encodeCommand(checkCommand(`/${'x'.repeat(MAX_COMMAND_BYTES - 20)}`))).toHaveLength(MAX_COMMAND_BYTES);
  });

  it.each(['', '  ', 'show status\nconfigure', 'show\tstatus'])('refuses to send %o', (command) => {
    expect(refusal(() => encodeCommand(command))).toMatchObject({ kind: 'invalidCommand' });
  });
});
