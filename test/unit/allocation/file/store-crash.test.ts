// @module-tag real
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAllocationStore } from '../../../../src/allocation/file/store.ts';

const child = join(import.meta.dirname, 'store-child.ts');
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'flock-crash-'));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

async function stored(path: string): Promise<number> {
  const { store, setAside } = await openAllocationStore(path, { node: 'node1', now: () => new Date() });
  expect(setAside).toBeUndefined();
  return store.state.allocations.length;
}

/** Runs the child; `onLine` may kill it. Resolves with the lines that it wrote. */
function run(argv: readonly string[], onLine: (line: string, kill: () => void) => void): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const [command = '', ...rest] = argv;
    const started = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    let partial = '';
    started.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (partial + chunk).split('\n');
      partial = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        onLine(line, () => started.kill('SIGKILL'));
      }
    });
    started.on('error', reject).on('close', () => resolve(lines));
  });
}

it.each([1, 3, 20, 60])('keeps every change that was confirmed before a kill (after %i)', async (killAt) => {
  const path = join(folder, 'allocations.json');
  const lines = await run([process.execPath, child, path, '1000'], (line, kill) => {
    if (line === `have ${killAt}`) kill();
  });
  const confirmed = lines.length;
  const found = await stored(path);
  expect(confirmed).toBeGreaterThanOrEqual(killAt);
  // The one that was being written may have become durable without being confirmed.
  expect([confirmed, confirmed + 1]).toContain(found);
  expect(fs.readdirSync(folder)).toEqual(['allocations.json']);
});

describe.skipIf(process.geteuid?.() !== 0)('on a full file system in a mount namespace of its own (needs root)', () => {
  it('refuses with ENOSPC, takes back exactly the last change, and the file stays whole', async () => {
    const copy = join(folder, 'copy.json');
    const disk = join(folder, 'disk');
    fs.mkdirSync(disk);
    const script = `mount -t tmpfs -o size=64k none "$1" && "$2" "$3" "$1/allocations.json"; ls -A "$1"; cp "$1/allocations.json" "$4"`;
    const argv = ['unshare', '--mount', 'sh', '-ec', script, 'sh', disk, process.execPath, child, copy];
    const lines = await run(argv, () => {});
    const confirmed = lines.filter((line) => line.startsWith('have')).length;
    const refusal = lines.find((line) => line.startsWith('refused'));
    expect(refusal).toContain(`refused stateUnwritable with ${confirmed}: `);
    expect(refusal).toContain(`ENOSPC`);
    expect(refusal).toContain(`free space on the file system of ${disk}`);
    expect(lines.at(-1)).toBe('allocations.json');
    expect(confirmed).toBeGreaterThan(10);
    expect(await stored(copy)).toBe(confirmed);
  });
});
