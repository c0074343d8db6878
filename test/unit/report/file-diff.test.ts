import { describe, expect, it } from 'vitest';
import { fileDiff } from '../../../src/report/file-diff.ts';

const numbered = (count: number, word = 'line'): string =>
  Array.from({ length: count }, (_, index) => `${word} ${index}\n`).join('');

describe('the difference of a file', () => {
  it('is an empty text when nothing changes', () => {
    expect(fileDiff('/etc/bird/bird.conf', 'a\n', 'a\n')).toBe('');
  });

  it('has the changed lines and three around them', () => {
    const before = numbered(20);
    expect(fileDiff('/etc/bird/bird.conf', before, before.replace('line 9\n', 'other\n'))).toBe(
      [
        '--- /etc/bird/bird.conf',
        '+++ /etc/bird/bird.conf',
        '@@ -7,7 +7,7 @@',
        ...[' line 6', ' line 7', ' line 8', '-line 9', '+other', ' line 10', ' line 11', ' line 12', ''],
      ].join('\n'),
    );
  });

  it('begins a file that was not there', () => {
    const diff = fileDiff('/etc/bird/bird.conf', undefined, 'a\nb\n');
    expect(diff).toBe('--- /dev/null\n+++ /etc/bird/bird.conf\n@@ -0,0 +1,2 @@\n+a\n+b\n');
  });

  it('says so when the last line has no end', () => {
    const diff = fileDiff('/f', 'a\nb', 'a\nb\n');
    expect(diff).toContain('-b\n\\ No newline at end of file\n+b\n');
  });

  it.each([
    ['on one line', 'password "hunter2";\n', 'password "swordfish";\n'],
    ['on a line of its own', 'password\n\t"hunter2";\n', 'password\n\t"swordfish";\n'],
    ['that begins', 'hold time 30;\n', 'hold time 30;\npassword "swordfish";\n'],
    ['that ends', 'password "hunter2"; # x\n', '# x\n'],
    ['as the key of a keychain', 'key "hunter2";\n', 'key "swordfish";\n'],
    ['around it', 'password "hunter2";\nhold time 1;\n', 'password "hunter2";\nhold time 2;\n'],
    ['that becomes something else', 'password\n"hunter2";\n', 'description\n"swordfish";\n'.replace('swordfish', 'x')],
  ])('never shows a password %s, but shows that it changes', (_where, before, after) => {
    const diff = fileDiff('/f', before, after);
    expect(diff).not.toMatch(/hunter2|swordfish/);
    expect(diff).toContain('********');
    expect(diff).toMatch(/^[-+](?![-+])/m);
  });

  it('masks a context line that is a password on one side alone', () => {
    const diff = fileDiff('/f', 'password\n"hunter2";\n', 'description\n"hunter2";\n');
    expect(diff).toBe('--- /f\n+++ /f\n@@ -1,2 +1,2 @@\n-password\n+description\n "********";\n');
  });

  it('replaces the whole of a file in which too much changes, without looking for the shortest difference', () => {
    const [before, after] = [`${numbered(3_000)}password "hunter2";\n`, `${numbered(3_000, 'other')}password "x";`];
    const lines = fileDiff('/f', before, after).split('\n');
    expect(lines.slice(0, 4)).toEqual(['--- /f', '+++ /f', '@@ -1,3001 +1,3001 @@', '-line 0']);
    expect(lines.slice(3 + 3_000, 3 + 3_002)).toEqual(['-password "********";', '+other 0']);
    expect(lines.slice(-3)).toEqual(['+password "********";', '\\ No newline at end of file', '']);
  });
});
