// @module-tag real
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MOST_WAITING_BYTES } from '../../../src/log-output/output.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';

const PROGRAM = join(import.meta.dirname, 'log-child.ts');
const NODE = process.execPath;

/** More than waits for a reader, in lines of 200 bytes and more. */
const TOO_MANY = Math.ceil(MOST_WAITING_BYTES / 200) + 5_000;

interface Line {
  readonly msg: string;
  readonly number?: number;
  readonly lost?: number;
}

const running = new Set<ChildProcess>();

/** A program that ends with the test, also when that fails because it hangs. */
function start(program: string, argv: string[], options: SpawnOptions): ChildProcess {
  const child = spawn(program, argv, options);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

afterEach(async () => {
  for (const child of running) {
    const ended = exited(child);
    child.kill('SIGKILL');
    await ended;
  }
});

function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('exit', resolve);
  });
}

/** Resolves when the program has said that it logged everything, which one that waits for a reader never does. */
function logged(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it had logged everything`)));
  });
}

function parse(text: string): Line[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** Every line is there in order, or counted where it is missing; the last one too. */
function expectComplete(lines: readonly Line[], count: number): number {
  let next = 0;
  let lost = 0;
  for (const line of lines) {
    if (line.lost !== undefined) expect(line.msg).toMatch(new RegExp(`^${line.lost} lines? of the log were lost`));
    else if (line.msg === 'line') expect(line.number).toBe(next);
    lost += line.lost ?? 0;
    next += line.lost ?? (line.msg === 'line' ? 1 : 0);
  }
  expect(next).toBe(count);
  expect(lines.at(-1)?.msg).toBe('last');
  return lost;
}

/** Reads a FIFO until its writers are gone. Calls back after each piece with all that it has. */
async function readAll(fd: number, onText: (text: string) => void): Promise<string> {
  let text = '';
  for (;;) {
    const buffer = Buffer.alloc(65_536);
    try {
      const count = readSync(fd, buffer);
      if (count === 0) return text;
      text += buffer.toString('latin1', 0, count);
      onText(text);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Whether the reader has been told of the last of so many lines, or that it is missing. */
function isAllThere(text: string, count: number): boolean {
  return text.endsWith('\n') && (text.includes(`"number":${count - 1},`) || text.includes('"lost":'));
}

describe('a log that is not read', () => {
  it.each([
    ['keeps its lines for a while', 500],
    ['loses lines when there are too many, and says how many when the reader is back', TOO_MANY],
  ])('as a pipe: %s', async (_what, count) => {
    using folder = new TempFolder();
    const path = folder.at('log');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    const child = start(NODE, [PROGRAM, `${count}`], { stdio: ['pipe', 'pipe', writer] });
    closeSync(writer);
    const ended = exited(child);
    await logged(child);
    const reading = readAll(reader, (text) => {
      if (isAllThere(text, count)) child.stdin?.end();
    });
    const lost = expectComplete(parse(await reading), count);
    expect(lost > 0).toBe(count === TOO_MANY);
    expect(await ended).toBe(0);
    closeSync(reader);
  });

  it('as a socket: loses lines when there are too many, and says how many when the reader is back', async () => {
    // Node makes a socket pair for a child's stream, as systemd does for journald. Nothing reads it before it is asked to.
    const child = start(NODE, [PROGRAM, `${TOO_MANY}`], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stderr?.pause();
    const ended = exited(child);
    await logged(child);
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (isAllThere(text, TOO_MANY)) child.stdin?.end();
    });
    child.stderr?.resume();
    await new Promise((resolve) => child.stderr?.once('end', resolve));
    expect(expectComplete(parse(text), TOO_MANY)).toBeGreaterThan(0);
    expect(await ended).toBe(0);
  });

  it('ends with the program, also when it is never read', async () => {
    using folder = new TempFolder();
    const path = folder.at('log');
    execFileSync('mkfifo', [path]);
    const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const child = start(NODE, [PROGRAM, `${TOO_MANY}`], { stdio: ['pipe', 'pipe', both] });
    const ended = exited(child);
    await logged(child);
    child.stdin?.end();
    expect(await ended).toBe(0);
    closeSync(both);
  });

  it('whose reader is gone ends nothing', async () => {
    using folder = new TempFolder();
    const path = folder.at('log');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    closeSync(reader);
    const child = start(NODE, [PROGRAM, '500'], { stdio: ['pipe', 'pipe', writer] });
    closeSync(writer);
    const ended = exited(child);
    await logged(child);
    child.stdin?.end();
    expect(await ended).toBe(0);
  });
});

describe('a log that is a file', () => {
  it('is written behind what is there', async () => {
    using folder = new TempFolder();
    const path = folder.at('log');
    const script = 'echo \'{"msg":"before"}\' >&2; "$0" "$1" 20; echo \'{"msg":"behind"}\' >&2';
    const file = openSync(path, 'w');
    const child = start('sh', ['-c', script, NODE, PROGRAM], { stdio: ['pipe', 'pipe', file] });
    closeSync(file);
    const ended = exited(child);
    child.stdin?.end();
    expect(await ended).toBe(0);
    const lines = parse(readFileSync(path, 'utf8'));
    expect([lines[0]?.msg, lines.at(-1)?.msg]).toEqual(['before', 'behind']);
    expectComplete(lines.slice(1, -1), 20);
  });

  it.skipIf(process.geteuid?.() !== 0)(
    'on a full file system stops nothing, and goes on when there is room (needs root)',
    async () => {
      using folder = new TempFolder();
      const mounted = `mount -t tmpfs -o size=64k none "$1"
      { read go; mount -o remount,size=8m "$1"; } <&3 | "$2" "$3" 2000 2>"$1/log" 3<&-
      cp "$1/log" "$4"`;
      const argv = ['--mount', 'sh', '-ec', mounted, 'sh', folder.at(''), NODE, PROGRAM, `${folder.at('')}-copy`];
      const child = start('unshare', argv, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
      const ended = exited(child);
      await logged(child);
      const go = child.stdio[3];
      if (go && 'end' in go) go.end('go\n');
      expect(await ended).toBe(0);
      expectComplete(parse(readFileSync(`${folder.at('')}-copy`, 'utf8')), 2000);
      expect(statSync(`${folder.at('')}-copy`).size).toBeGreaterThan(64 * 1024);
    },
  );
});
