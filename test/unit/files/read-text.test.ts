// @module-tag real
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fileStampOf, readText } from '../../../src/files/read-text.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';

describe('readText', () => {
  it('reads a file and tells its owner and mode', () => {
    using folder = new TempFolder();
    const path = folder.write('a', 'grüße\n');
    chmodSync(path, 0o642);
    const reading = readText(path, 100);
    expect(reading).toMatchObject({ kind: 'text', text: 'grüße\n', stamp: { uid: process.getuid?.(), mode: 0o642 } });
  });

  it('says that a file is missing, also where a folder on the way is a file', () => {
    using folder = new TempFolder();
    const path = folder.write('a', '');
    expect(readText(folder.at('b'), 100)).toEqual({ kind: 'missing' });
    expect(readText(`${path}/b`, 100)).toEqual({ kind: 'missing' });
  });

  it('takes a file of exactly the limit and refuses one byte more', () => {
    using folder = new TempFolder();
    expect(readText(folder.write('a', 'x'.repeat(100)), 100)).toMatchObject({ kind: 'text' });
    expect(readText(folder.write('b', 'x'.repeat(101)), 100)).toMatchObject({ kind: 'unreadable' });
  });

  it('refuses a huge sparse file without reading it', () => {
    using folder = new TempFolder();
    const path = folder.write('a', '');
    truncateSync(path, 2 ** 40);
    expect(readText(path, 1_000_000)).toEqual({ kind: 'unreadable', message: 'it is larger than 1000000 bytes' });
  });

  it('refuses a pipe without waiting for a writer', () => {
    using folder = new TempFolder();
    execFileSync('mkfifo', [folder.at('pipe')]);
    expect(readText(folder.at('pipe'), 100)).toEqual({ kind: 'unreadable', message: 'it is not a regular file' });
  });

  it('refuses folders, endless devices and circular links', () => {
    using folder = new TempFolder();
    mkdirSync(folder.at('folder'));
    symlinkSync('loop', folder.at('loop'));
    expect(readText(folder.at('folder'), 100)).toMatchObject({ kind: 'unreadable' });
    expect(readText('/dev/zero', 100)).toEqual({ kind: 'unreadable', message: 'it is not a regular file' });
    expect(readText(folder.at('loop'), 100)).toMatchObject({ kind: 'unreadable', message: /ELOOP/ });
    expect(fileStampOf(folder.at('loop'))).toBeUndefined();
  });

  it('refuses what is not UTF-8', () => {
    using folder = new TempFolder();
    const path = folder.at('latin1');
    execFileSync('sh', ['-c', `printf 'gr\\374n' > ${path}`]);
    expect(readText(path, 100)).toEqual({ kind: 'unreadable', message: 'it is not UTF-8 text' });
  });

  it('reads a file of several chunks whole', () => {
    using folder = new TempFolder();
    const text = 'line\n'.repeat(50_000);
    expect(readText(folder.write('a', text), 1_000_000)).toMatchObject({ text });
  });
});

describe('fileStampOf', () => {
  it('changes when the file is replaced by one of the same size and time', () => {
    using folder = new TempFolder();
    folder.write('a', 'one');
    const before = fileStampOf(folder.at('a'));
    folder.replace('a', 'two');
    execFileSync('touch', ['-d', `@${(before?.changedAt ?? 0) / 1_000}`, folder.at('a')]);
    expect(fileStampOf(folder.at('a'))?.id).not.toBe(before?.id);
  });
});
