import { describe, expect, it } from 'vitest';
import {
  parseCheck,
  parseConfigure,
  parseConfigureStatus,
  parseConfirm,
} from '../../../src/bird-control/replies/parse-configure.ts';
import { captured, replyOf } from './replies.ts';

const READING = '0002-Reading configuration from /etc/bird/bird.conf\n';
const configure = (text: string, file?: string) => parseConfigure('configure', replyOf(READING + text), file);
const status = (text: string) => parseConfigureStatus('configure status', replyOf(text));

describe('reading what came of `configure` and `configure undo`', () => {
  it.each([
    ['0003 Reconfigured\n', 'applied'],
    ['0022-Undo scheduled in 30 s\n0003 Reconfigured\n', 'applied'],
    ['0004 Reconfiguration in progress\n', 'inProgress'],
    ['0005 Reconfiguration already in progress, queueing new config\n', 'queued'],
    ['0006 Reconfiguration ignored, shutting down\n', 'shuttingDown'],
    ['0021-Undo requested\n0017 Reconfiguration already in progress, removing queued config\n', 'queuedDropped'],
    ['0021-Undo requested\n0019 Nothing to do\n', 'nothingToDo'],
  ])('%o is %s', (text, outcome) => {
    expect(configure(text)).toEqual({ outcome });
  });

  it('finds file, line, column and message of a refusal', () => {
    expect(configure('8002 /etc/bird/flock.conf:5:1 syntax error, unexpected CF_SYM_UNDEFINED\n')).toEqual({
      outcome: 'refused',
      error: {
        file: '/etc/bird/flock.conf',
        line: 5,
        column: 1,
        message: 'syntax error, unexpected CF_SYM_UNDEFINED',
      },
    });
  });

  it('finds the file of a refusal without a place, even with a colon in its name', () => {
    expect(configure('8002 /etc/bird/a: b.conf: No such file or directory\n')).toMatchObject({
      error: { file: '/etc/bird/a: b.conf', line: undefined, column: undefined, message: 'No such file or directory' },
    });
  });

  it('keeps the whole message when it has no known form, with the file that BIRD read', () => {
    expect(configure('8002 what?\n')).toMatchObject({ error: { file: '/etc/bird/bird.conf', message: 'what?' } });
    expect(configure('8002 what?\n', '/x.conf')).toMatchObject({ error: { file: '/x.conf' } });
  });

  it('takes a message that was too long for the socket for a refusal', () => {
    const reply = replyOf('8000-<line overflow>\n8000 <line overflow>\n');
    expect(parseConfigure('configure', reply, '/x.conf')).toEqual({
      outcome: 'refused',
      error: { file: '/x.conf', line: undefined, column: undefined, message: expect.stringMatching(/too long/) },
    });
  });

  it('takes an overflown line before a success for a success', () => {
    expect(parseConfigure('configure', replyOf('8000-<line overflow>\n0003 Reconfigured\n'), '/x')).toEqual({
      outcome: 'applied',
    });
  });

  it('lets no control character of a file name through', () => {
    expect(configure('8002 /etc/\u001b[31m.conf:1:2 bad \u202e token\n')).toMatchObject({
      error: { file: '/etc/\\u001b[31m.conf', message: 'bad \\u202e token' },
    });
  });

  it('fails with the code of any other refusal, and on nonsense', () => {
    expect(() => configure('8007 Access denied\n')).toThrow(expect.objectContaining({ kind: 'refused', code: 8007 }));
    expect(() => configure('0018 Reconfiguration confirmed\n')).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });
});

describe('reading `configure check` and `configure confirm`', () => {
  const check = (text: string) => parseCheck('configure check', replyOf(READING + text), '/x.conf');

  it('tells a good file from a bad one', () => {
    expect(check('0020 Configuration OK\n')).toEqual({ ok: true });
    expect(check('8002 /x.conf:3:4 no\n')).toEqual({
      ok: false,
      error: { file: '/x.conf', line: 3, column: 4, message: 'no' },
    });
    expect(() => check('9001 syntax error\n')).toThrow(expect.objectContaining({ kind: 'refused', code: 9001 }));
  });

  it('tells whether there was something to confirm', () => {
    expect(parseConfirm('configure confirm', replyOf('0018 Reconfiguration confirmed\n'))).toBe('confirmed');
    expect(parseConfirm('configure confirm', replyOf('0019 Nothing to do\n'))).toBe('nothingToDo');
    expect(() => parseConfirm('configure confirm', replyOf('0003 x\n'))).toThrow(
      expect.objectContaining({ kind: 'protocol' }),
    );
  });
});

describe('reading `configure status`', () => {
  it.each([
    ['0003-Daemon is up and running\n0000 \n', 'idle'],
    ['0004-Reconfiguration in progress\n0000 \n', 'inProgress'],
    ['0005-Reconfiguration in progress, next one enqueued\n0000 \n', 'queued'],
    ['0006-Shutdown in progress\n0000 \n', 'shuttingDown'],
  ])('%o is %s', (text, state) => {
    expect(status(text)).toEqual({ state, undoInSeconds: undefined });
  });

  it('reads the time until BIRD undoes the configuration', () => {
    expect(parseConfigureStatus('configure status', captured('configure-status-timeout'))).toEqual({
      state: 'idle',
      undoInSeconds: 29.849,
    });
  });

  it('reads it in other words too', () => {
    for (const words of ['Undo scheduled in 7 s', 'undo in 7 seconds', '7 s left until undo']) {
      expect(status(`0003-x\n0022-${words}\n0000 \n`)).toEqual({ state: 'idle', undoInSeconds: 7 });
    }
  });

  it.each(['0000 \n', '0003 Reconfigured\n', '0003-Daemon is up\n0022-undo at noon\n0000 \n', '0003-x\n9001 y\n'])(
    'fails on %o rather than say that nothing is under way',
    (text) => {
      expect(() => status(text)).toThrow(expect.objectContaining({ name: 'BirdError' }));
    },
  );
});
