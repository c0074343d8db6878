import { applyPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskSecrets } from '../../src/bird-language/text/secrets.ts';
import { fileDiff } from '../../src/report/file-diff.ts';

const SECRETS = ['hunter2', 'swordfish', 'correct horse'];
/** Words that make texts with much in common, and with passwords in every form that is masked. */
const words = fc.constantFrom('a', 'b', '\n', '\n', '\r\n', ' ', '\\', '-', '+', '@@', '{', '}', '"', ';', '# note');
const secrets = fc.constantFrom(
  ...SECRETS.flatMap((secret) => [`password "${secret}";`, `key\n\t"${secret}"`, `secret  "${secret}"\n`]),
);
const plainText = fc.array(words, { maxLength: 40 }).map((parts) => parts.join(''));
const secretText = fc.array(fc.oneof(words, secrets), { maxLength: 40 }).map((parts) => parts.join(''));

describe('the difference of any two texts', () => {
  it('makes the one of the other', () => {
    fc.assert(
      fc.property(plainText, plainText, (before, after) => {
        const diff = fileDiff('/f', before, after);
        expect(diff === '' ? before : applyPatch(before, diff, { autoConvertLineEndings: false })).toBe(after);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is empty when the texts are equal, and only then, and shows no password', () => {
    fc.assert(
      fc.property(fc.option(secretText, { nil: undefined }), secretText, (before, after) => {
        // What a text around it has made something else than a password is no secret.
        const masked = maskSecrets(before ?? '') + maskSecrets(after);
        fc.pre(!SECRETS.some((secret) => masked.includes(secret)));
        const diff = fileDiff('/f', before, after);
        expect(diff === '').toBe(before === after);
        for (const secret of SECRETS) expect(diff).not.toContain(secret);
      }),
      { numRuns: 1_000 },
    );
  });
});
