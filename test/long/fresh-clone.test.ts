import { existsSync, rmSync } from 'node:fs';
import { mkdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, Lab, run } from '../lab/lab.ts';
import { missingForBoot } from '../system/debian-tree.ts';
import { HOST_PATH, NpmHost, registryAnswers } from './npm-host.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PINNED = `../node-linux-${process.arch}/bin/node`;
const DEADLINE_MS = 900_000;

const missing = missingForBoot();
if (!(await registryAnswers())) missing.push('a registry of npm packages');
if ((await run(['git', '-C', ROOT, 'rev-parse', 'HEAD'], { allowFailure: true })).code !== 0) missing.push('git');
const needs = missing.length === 0 ? '' : ` (missing: ${missing.join(', ')})`;

async function clone(folder: string): Promise<string> {
  await run(['git', 'clone', '--quiet', '--no-hardlinks', ROOT, folder], { timeoutMs: 60_000 });
  return folder;
}

/** An npm of the registry, as a folder for the front of a PATH. */
async function npmOfVersion(lab: Lab, version: string): Promise<string> {
  const folder = join(lab.dir, `npm-${version}`);
  await mkdir(join(folder, 'bin'), { recursive: true });
  const pack = ['npm', 'pack', '--silent', '--prefer-offline', `npm@${version}`, `--pack-destination=${folder}`];
  await run(pack, { env: { PATH: HOST_PATH }, timeoutMs: 120_000 });
  await run(['tar', '-xzf', join(folder, `npm-${version}.tgz`), '-C', folder]);
  const script = `#!/bin/sh\nexec node '${join(folder, 'package', 'bin', 'npm-cli.js')}' "$@"\n`;
  await writeFile(join(folder, 'bin', 'npm'), script, { mode: 0o755 });
  return join(folder, 'bin');
}

describe.skipIf(missing.length > 0)(`a fresh clone${needs}`, { timeout: DEADLINE_MS }, () => {
  it('is tested, built and shown on a Debian 12 with Debian’s own npm and Node', async () => {
    await using lab = await Lab.create('fresh clone');
    const host = await NpmHost.create(lab);
    await clone(join(host.work, 'a clone'));
    await run(['chown', '-R', 'nobody:nogroup', host.work]);

    const npm = await host.sh('nobody', 'npm --version; node --version');
    expect(npm.stdout).toMatch(/^9\.2\.0\nv18\./);

    const test = await host.sh('nobody', 'cd "/srv/a clone"; NO_COLOR=1 npm test -- --project unit test/unit/model');
    expect(test.stdout).toMatch(/Tests +\d+ passed/);
    const build = await host.sh('nobody', 'cd "/srv/a clone"; npm run build; dist/flockctl.js --version');
    expect(build.stdout).toMatch(/\n\d+\.\d+\.\d+\n$/);
    const demo = await host.sh('root', 'cd "/srv/a clone"; npm run demo');
    expect(demo.stdout).not.toContain('npm ci');
    expect(demo.stdout).toMatch(/^Everything held/m);
  });

  it('works with npm 9, 10 and 11 one after the other, and after an installation that was interrupted', async () => {
    await using lab = await Lab.create('npm versions');
    const folder = await clone(join(lab.dir, 'it is a clone'));
    const env = (path: string) => ({
      PATH: `${path}:${HOST_PATH}`,
      npm_config_update_notifier: 'false',
      NO_COLOR: '1',
    });
    const npm9 = await npmOfVersion(lab, '9.2.0');
    const npm10 = await npmOfVersion(lab, '10.8.2');
    const npm11 = await npmOfVersion(lab, '11.0.0');
    const npm = (path: string, ...args: string[]) =>
      run(['npm', '--prefix', folder, ...args], { env: env(path), timeoutMs: 300_000 });
    const nodeIsThere = async () => expect(await readlink(join(folder, 'node_modules/.bin/node'))).toBe(PINNED);

    // As an operator installs who does not know that the scripts do it.
    await npm(npm9, 'ci', '--ignore-scripts');
    expect(existsSync(join(folder, 'node_modules/.bin/node'))).toBe(process.arch !== 'x64');
    expect((await npm(npm9, 'run', 'build')).stdout).not.toContain('npm ci');
    await nodeIsThere();
    expect((await npm(npm11, 'run', 'build')).stdout).not.toContain('npm ci');

    // Without what is for development, as NODE_ENV=production has it too.
    await npm(npm10, 'ci', '--ignore-scripts', '--omit=dev');
    const production = { env: { ...env(npm10), NODE_ENV: 'production' }, timeoutMs: 300_000 };
    const rebuilt = await run(['npm', '--prefix', folder, 'run', 'build'], production);
    expect(rebuilt.stdout).toMatch(/npm ci[\s\S]*done: dist\//);
    await nodeIsThere();

    await npm(npm11, 'ci', '--ignore-scripts');
    const { stdout } = await npm(npm11, 'test', '--', '--project', 'unit', 'test/unit/model');
    expect(stdout).not.toContain('npm ci');
    expect(stdout).toMatch(/Tests +\d+ passed/);

    const interrupted = lab.spawn(undefined, ['npm', '--prefix', folder, 'ci', '--ignore-scripts'], {
      env: env(npm10),
    });
    await eventually(() => !existsSync(join(folder, 'node_modules/.package-lock.json')), 'npm ci has begun', 60_000);
    await interrupted.stop('SIGKILL');
    rmSync(join(folder, 'dist'), { recursive: true });
    expect((await npm(npm9, 'run', 'build')).stdout).toMatch(/npm ci[\s\S]*done: dist\//);
    await nodeIsThere();
  });
});
