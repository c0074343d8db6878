// @module-tag real
import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asExecutable, polyglotHeader } from '../../../packaging/polyglot.ts';

/** Prints what a program can know of how it was started. */
const PROGRAM = `#!/usr/bin/env something-else
import { basename } from 'node:path';
const { argv, execPath, ppid } = process;
console.log(JSON.stringify({ args: argv.slice(2), execPath, ppid, main: import.meta.main, file: basename(argv[1] ?? '') }));
process.exitCode = Number(process.env.EXIT ?? 0);
`;

const PLATFORM = `node-linux-${process.arch}`;
const NODE = realpathSync(process.execPath);

interface Package extends Disposable {
  readonly root: string;
  readonly program: string;
}

/** A package with one program and a pinned Node, in a folder with a blank and a quote in its name. */
function makePackage(script = PROGRAM): Package {
  const outer = mkdtempSync(join(tmpdir(), 'flock-polyglot-'));
  const root = join(outer, "it's a package");
  const program = join(root, 'dist', 'program.js');
  mkdirSync(dirname(program), { recursive: true });
  mkdirSync(join(root, 'node_modules', PLATFORM, 'bin'), { recursive: true });
  symlinkSync(NODE, join(root, 'node_modules', PLATFORM, 'bin', 'node'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(program, asExecutable(script));
  chmodSync(program, 0o755);
  return { root, program, [Symbol.dispose]: () => rmSync(outer, { recursive: true, force: true }) };
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  command: string,
  args: string[] = [],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { timeout: 10_000, ...options }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr: error !== null && code < 0 ? `${stderr}${error.message}` : stderr });
    });
    child.stdin?.end();
  });
}

describe('an installed program', () => {
  it('runs on the pinned Node as a command, in the process that was started', async () => {
    using made = makePackage();
    const { code, stdout, stderr } = await run(made.program);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ args: [], execPath: NODE, ppid: process.pid, main: true, file: 'program.js' });
  });

  it('gets its arguments as they are, and its exit status goes back', async () => {
    using made = makePackage();
    const args = ['', ' a  b ', "it's", '"', '$HOME', '*', '--', '-e', 'new\nline', 'é', '\\', '`id`'];
    const { code, stdout } = await run(made.program, args, { env: { ...process.env, EXIT: '7' } });
    expect(code).toBe(7);
    expect(JSON.parse(stdout).args).toEqual(args);
  });

  it('does not use the Node of the host, nor need an environment', async () => {
    using made = makePackage();
    const path = join(made.root, 'path');
    mkdirSync(path);
    writeFileSync(join(path, 'node'), '#!/bin/sh\necho wrong node\n');
    chmodSync(join(path, 'node'), 0o755);
    const { stdout } = await run(made.program, [], { env: { PATH: `${path}:${process.env.PATH}` } });
    expect(JSON.parse(stdout)).toMatchObject({ execPath: NODE });
    expect(JSON.parse((await run(made.program, [], { env: {} })).stdout)).toMatchObject({ execPath: NODE });
  });

  it('is found through symbolic links, from anywhere, and by its name', async () => {
    using made = makePackage();
    const links = join(made.root, 'some where');
    mkdirSync(links);
    symlinkSync(made.program, join(links, 'absolute'));
    symlinkSync('absolute', join(links, 'program'));
    symlinkSync('../some where/program', join(made.root, 'dist', 'relative'));
    const shell = (script: string) =>
      run('sh', ['-c', script], { cwd: links, env: { PATH: `${links}:${process.env.PATH}` } });
    const runs = [
      run(join(links, 'absolute')),
      run(join(links, 'program'), [], { cwd: '/' }),
      run(join(made.root, 'dist', 'relative'), [], { cwd: tmpdir() }),
      run('./program', [], { cwd: links }),
      run('../dist/program.js', [], { cwd: links }),
      shell('program'),
      shell('sh program'),
    ];
    for (const { code, stdout, stderr } of await Promise.all(runs)) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ execPath: NODE, main: true, file: 'program.js' });
    }
  });

  it('finds the pinned Node beside its package, where npm may have put it', async () => {
    using made = makePackage();
    renameSync(join(made.root, 'node_modules', PLATFORM), join(dirname(made.root), PLATFORM));
    expect(JSON.parse((await run(made.program)).stdout)).toMatchObject({ execPath: NODE });
  });

  it('says what is missing and what to do', async () => {
    using made = makePackage();
    rmSync(join(made.root, 'node_modules'), { recursive: true });
    const { code, stdout, stderr } = await run(made.program);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`the pinned Node is missing: ${made.root}/node_modules/${PLATFORM}/bin/node`);
    expect(stderr).toContain('npm ci');
  });

  it('is JavaScript to Node itself, run or imported', async () => {
    using made = makePackage();
    expect(JSON.parse((await run(NODE, [made.program, 'x'])).stdout)).toMatchObject({ args: ['x'], main: true });
    const imported = await run(NODE, ['--input-type=module', '-e', `await import(${JSON.stringify(made.program)})`]);
    expect(JSON.parse(imported.stdout)).toMatchObject({ main: false });
  });

  it.each([
    ['begins with a bracket', '(() => console.log(1))();'],
    ['begins with a template', '`a`; console.log(1);'],
    ['begins with a directive', '"use strict"; console.log(1);'],
    ['begins with a comment', '// a\nconsole.log(1);'],
  ])('may be one that %s', async (_what, script) => {
    using made = makePackage(script);
    expect(await run(made.program)).toEqual({ code: 0, stdout: '1\n', stderr: '' });
  });

  it('has one first line for the kernel only', () => {
    expect(asExecutable(PROGRAM).match(/^#!.*$/gm)).toEqual(['#!/bin/sh']);
    expect(asExecutable('a()').endsWith('*/;\na()')).toBe(true);
    expect(polyglotHeader().match(/\*\//g)).toHaveLength(1);
  });
});
