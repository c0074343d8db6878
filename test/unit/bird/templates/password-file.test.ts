import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createConfigRenderer } from '../../../../src/bird/render/render.ts';
import { passwordStamp, readPassword } from '../../../../src/bird/view/password-file.ts';
import { TempFolder } from '../../../fakes/temp-folder.ts';
import { config, facts, peer, thrownBy } from '../fixtures.ts';

const KEY = 'bgp.peers.tor1.passwordFile';
const isRoot = process.geteuid?.() === 0;

function secretFile(folder: TempFolder, text: string, mode = 0o600): string {
  const path = folder.write('tor1', text);
  chmodSync(path, mode);
  return path;
}

describe('a password file', () => {
  it.each([
    ['a word', 'secret', 'secret'],
    ['a word and a line break', 'secret\n', 'secret'],
    ['a line break of Windows', 'secret\r\n', 'secret'],
    ['marks that mean something to BIRD outside a string', "it's {#1}; \\ /* $\n", "it's {#1}; \\ /* $"],
    ['as many characters as TCP takes', 'x'.repeat(80), 'x'.repeat(80)],
  ])('may hold %s', (_what, text, password) => {
    using folder = new TempFolder();
    expect(readPassword(secretFile(folder, text), KEY)).toBe(password);
  });

  it('may be a symbolic link, as Kubernetes makes them', () => {
    using folder = new TempFolder();
    symlinkSync(secretFile(folder, 'secret'), folder.at('link'));
    expect(readPassword(folder.at('link'), KEY)).toBe('secret');
  });

  it.each([
    ['nothing', '', 'must contain a password, but is empty'],
    ['a line break alone', '\n', 'must contain a password, but is empty'],
    ['two lines', 'hush1\nhush2\n', 'must contain one line of printable ASCII characters'],
    ['a control character', 'hush\u0007', 'must contain one line of printable ASCII characters'],
    ['a letter beyond ASCII', 'hushä', 'must contain one line of printable ASCII characters'],
    ['a double quote', 'hush"', 'must not contain a double quote, which BIRD cannot read inside a password'],
    ['a blank at its end', 'hush ', 'must not have blanks before or after the password'],
    ['too many characters', 'hush'.repeat(21), 'must contain at most 80 characters'],
    ['far too many characters', 'hush'.repeat(500), 'cannot be read: it is larger than 1024 bytes'],
  ])('must not hold %s, and the refusal does not show it', (_what, text, rule) => {
    using folder = new TempFolder();
    const path = secretFile(folder, text);
    const error = thrownBy(() => readPassword(path, KEY));
    expect(error).toMatchObject({ code: 'configurationInvalid' });
    expect(error.message).toContain(`${KEY}: ${path} ${rule}`);
    expect(error.message).not.toContain('hush');
  });

  it.each([0o644, 0o640, 0o604, 0o660, 0o620, 0o610])('must not have mode %o', (mode) => {
    using folder = new TempFolder();
    const path = secretFile(folder, 'hush', mode);
    expect(thrownBy(() => readPassword(path, KEY)).message).toBe(
      `${KEY}: ${path} must be readable only by its owner, but has mode 0${mode.toString(8)}; chmod 600 it`,
    );
  });

  it.skipIf(!isRoot)('must belong to root (needs root)', () => {
    using folder = new TempFolder();
    const path = secretFile(folder, 'hush');
    chownSync(path, 12_345, 0);
    expect(() => readPassword(path, KEY)).toThrow('must belong to root, but belongs to user 12345');
  });

  it('must be there and be a file', () => {
    using folder = new TempFolder();
    expect(() => readPassword(folder.at('none'), KEY)).toThrow(`${KEY}: ${folder.at('none')} does not exist`);
    mkdirSync(folder.at('folder'));
    expect(() => readPassword(folder.at('folder'), KEY)).toThrow('cannot be read: it is not a regular file');
  });

  it('has a stamp that changes with it and says nothing of what it holds', () => {
    using folder = new TempFolder();
    const path = secretFile(folder, 'hush');
    const before = passwordStamp(path);
    expect(passwordStamp(path)).toBe(before);
    chmodSync(path, 0o640);
    expect(passwordStamp(path)).not.toBe(before);
    expect(before).not.toContain('hush');
    folder.remove('tor1');
    expect(passwordStamp(path)).toBe(`${path} missing`);
  });

  it('is read again for each rendering, and prevents a rendering when it is invalid', () => {
    using folder = new TempFolder();
    const tor = peer('tor1', '10.0.0.254', { passwordFile: secretFile(folder, 'first') });
    const renderer = createConfigRenderer(undefined);
    const input = { config: config({ peers: [tor] }), facts: facts({ tor1: '10.0.0.1' }) };
    expect(renderer.render(input)).toContain('\tpassword "first";\n');
    secretFile(folder, 'second');
    expect(renderer.render(input)).toContain('\tpassword "second";\n');
    chmodSync(folder.at('tor1'), 0o644);
    expect(() => renderer.render(input)).toThrow(`${KEY}: ${folder.at('tor1')} must be readable only by its owner`);
  });
});
