// @module-tag real
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkOffline, findBird } from '../../../../src/bird/judge/offline-check.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flock-offline-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(script: string): string {
  writeFileSync(join(folder, 'bird'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return join(folder, 'bird');
}

function file(text: string): string {
  writeFileSync(join(folder, 'bird.conf'), text);
  return join(folder, 'bird.conf');
}

describe('bird -p', () => {
  it('that does not come to an end is ended, and nothing is known', async () => {
    const verdict = await checkOffline(file(''), program('exec sleep 60'), 100);
    expect(verdict).toEqual({ verdict: 'unknown', message: expect.stringContaining('did not end within 100 ms') });
  });

  it.each([
    ['2', ''],
    ['3', '2026-11-24 00:34:07.036 [0000] <FATAL> '],
  ])('of version %s is quoted from the place of the fault on', async (_version, before) => {
    const script = `echo 'bird: ${before}/etc/bird/bird.conf:2:10 syntax error' >&2; exit 1`;
    const message = '/etc/bird/bird.conf:2:10 syntax error';
    expect(await checkOffline(file(''), program(script))).toEqual({ verdict: 'refused', message });
  });

  it('that cannot be started says nothing about the file', async () => {
    expect(await checkOffline(file(''), join(folder, 'bird'))).toMatchObject({ verdict: 'unknown' });
  });

  it.skipIf(findBird() === undefined)('accepts and refuses as the real one does (needs bird)', async () => {
    const good = 'router id 10.0.0.1;\nprotocol device {}\n';
    expect(await checkOffline(file(good))).toEqual({ verdict: 'accepted' });
    const path = file(`${good}protocol nonsense {\n}\n`);
    expect(await checkOffline(path)).toEqual({
      verdict: 'refused',
      message: expect.stringMatching(/^\/.*bird\.conf:3:\d+ /),
    });
    expect(await checkOffline(join(folder, 'nothing'))).toMatchObject({ verdict: 'refused' });
  });
});

describe('the bird program', () => {
  it('is looked for in PATH, in absolute folders and as something that can be run', () => {
    const path = program('');
    expect(findBird(`relative:${folder}:/usr/sbin`)).toBe(path);
    chmodSync(path, 0o644);
    expect(findBird(`${folder}`)).not.toBe(path);
  });

  it('is not a folder of that name', () => {
    mkdirSync(join(folder, 'bird'));
    expect(findBird(folder)).not.toBe(join(folder, 'bird'));
  });
});
