// @module-tag real
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { probeExec } from '../../../../src/pods/probes/probe-exec.ts';
import { TempFolder } from '../../../fakes/temp-folder.ts';
import { eventually } from '../../../lab/eventually.ts';

const never = new AbortController().signal;
const shell = (script: string, env: Record<string, string> = {}, signal: AbortSignal = never) =>
  probeExec({ command: ['/bin/sh', '-c', script], env }, signal);

/** Pids of processes that have this word in their environment. */
function processesWith(word: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(word);
    } catch {
      // It has ended since, or belongs to somebody else.
      return false;
    }
  });
}

describe('an exec probe', () => {
  it('succeeds with exit status 0 alone', async () => {
    await expect(shell('exit 0')).resolves.toEqual({ ok: true });
    await expect(shell('exit 1')).resolves.toEqual({ ok: false, message: 'exit status 1' });
    await expect(shell('kill -TERM $$')).resolves.toEqual({ ok: false, message: 'killed by SIGTERM' });
  });

  it('says what the command said, on one line and in short', async () => {
    await expect(shell('echo "no\nroute"; echo oops >&2; exit 3')).resolves.toEqual({
      ok: false,
      message: expect.stringMatching(/^exit status 3: (?=.*no\\u000aroute)(?=.*oops).*$/),
    });
    const long = await shell('head -c 1000000 /dev/zero | tr "\\0" x; exit 1');
    expect(long.ok ? 0 : long.message.length).toBeLessThan(300);
  });

  it('passes its words on as they are, without a shell', async () => {
    const command = [
      '/bin/sh',
      '-c',
      'test "$1" = "a b; exit 9" && test "$2" = "\\$HOME"',
      'x',
      'a b; exit 9',
      '$HOME',
    ];
    await expect(probeExec({ command, env: {} }, never)).resolves.toEqual({ ok: true });
  });

  it('has the addresses of the pod and a PATH, and nothing else of the daemon', async () => {
    process.env.FLOCK_TEST_SECRET = 'x';
    try {
      const script = 'test "$A" = 10.1.1.2 && test -n "$PATH" && test -z "$FLOCK_TEST_SECRET" && test "$PWD" = /';
      await expect(shell(script, { A: '10.1.1.2' })).resolves.toEqual({ ok: true });
    } finally {
      delete process.env.FLOCK_TEST_SECRET;
    }
  });

  it('does not wait for input', async () => {
    await expect(shell('cat')).resolves.toEqual({ ok: true });
  });

  it('fails for a program that is not there or may not run', async () => {
    const run = (program: string) => probeExec({ command: [program], env: {} }, never);
    await expect(run('/no/such/program')).resolves.toMatchObject({ ok: false, message: /ENOENT/ });
    await expect(run('/etc/passwd')).resolves.toMatchObject({ ok: false, message: /EACCES/ });
  });

  it('is killed with everything that it started when its time is over', async () => {
    using folder = new TempFolder();
    const mark = `FLOCK_TEST_${folder.path.slice(-6)}`;
    const stop = new AbortController();
    const running = shell(
      `trap '' TERM; sleep 300 & sleep 300 | sleep 300 & touch ${folder.at('up')}; wait`,
      { [mark]: '1' },
      stop.signal,
    );
    await eventually(() => existsSync(folder.at('up')), 'the command is running');
    expect(processesWith(mark).length).toBeGreaterThan(2);
    stop.abort('no answer within 1 s');
    await expect(running).resolves.toEqual({ ok: false, message: 'no answer within 1 s' });
    await eventually(() => processesWith(mark).length === 0, 'nothing of the command is left');
  });

  it('leaves nothing behind that holds its output', async () => {
    using folder = new TempFolder();
    const mark = `FLOCK_TEST_${folder.path.slice(-6)}`;
    await expect(shell('sleep 300 & exit 0', { [mark]: '1' })).resolves.toEqual({ ok: true });
    await eventually(() => processesWith(mark).length === 0, 'nothing of the command is left');
  });

  it.each([
    ['in the background', 'sleep 300 </dev/null >/dev/null 2>&1 &'],
    ['in a session of its own', 'setsid sleep 300 </dev/null >/dev/null 2>&1 &'],
    ['in a session of its own, holding its output', 'setsid sleep 300 &'],
    ['as a daemon', '(setsid sh -c "sleep 300 & sleep 300 & wait" </dev/null >/dev/null 2>&1 &);'],
  ])('leaves nothing behind %s, whether it succeeds, fails or is stopped', async (_what, script) => {
    using folder = new TempFolder();
    const mark = `FLOCK_TEST_${folder.path.slice(-6)}`;
    const started = `${script} touch ${folder.at('up')};`;
    await expect(shell(`${started} exit 0`, { [mark]: '1' })).resolves.toEqual({ ok: true });
    await eventually(() => processesWith(mark).length === 0, 'nothing is left after a success');
    await expect(shell(`${started} exit 1`, { [mark]: '1' })).resolves.toMatchObject({ ok: false });
    await eventually(() => processesWith(mark).length === 0, 'nothing is left after a failure');

    const stop = new AbortController();
    const running = shell(`rm ${folder.at('up')}; ${started} sleep 300`, { [mark]: '1' }, stop.signal);
    await eventually(() => processesWith(mark).length > 2 && existsSync(folder.at('up')), 'the command is running');
    stop.abort('no answer within 1 s');
    await expect(running).resolves.toEqual({ ok: false, message: 'no answer within 1 s' });
    await eventually(() => processesWith(mark).length === 0, 'nothing is left when the time is over');
  });

  it('leaves the processes of another probe alone', async () => {
    using folder = new TempFolder();
    const other = shell(`touch ${folder.at('up')}; while [ ! -e ${folder.at('end')} ]; do sleep 0.02; done`);
    await eventually(() => existsSync(folder.at('up')), 'the other command is running');
    await expect(shell('setsid sleep 300 & exit 0')).resolves.toEqual({ ok: true });
    await expect(shell(`touch ${folder.at('end')}`)).resolves.toEqual({ ok: true });
    await expect(other).resolves.toEqual({ ok: true });
  });

  it('that prints without end does not fill the memory, and is ended like any other', async () => {
    const stop = new AbortController();
    const running = shell('yes', {}, stop.signal);
    setTimeout(() => stop.abort('no answer within 1 s'), 50);
    await expect(running).resolves.toEqual({ ok: false, message: 'no answer within 1 s' });
  });

  it('does not begin when it has been stopped already', async () => {
    const result = await shell('exit 0', {}, AbortSignal.abort('stopped'));
    expect(result).toEqual({ ok: false, message: 'stopped' });
  });
});
