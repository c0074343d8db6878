import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { publishPaths } from '../../../src/bird/files/paths.ts';
import { stageCandidate } from '../../../src/bird/judge/candidate.ts';
import { safeView } from '../../../src/bird/view/safe-view.ts';
import { holdsSecret, maskSecrets } from '../../../src/bird-language/text/secrets.ts';
import { renderJson } from '../../../src/report/render.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';
import { thrownBy } from '../bird/fixtures.ts';

it.each([
  ['\tpassword "hush";\n', '\tpassword "********";\n'],
  [
    '{ password   "hush"; password "hush two" { id 1; }; }',
    '{ password   "********"; password "********" { id 1; }; }',
  ],
  ['password\n"hush"', 'password\n"********"'],
  ['key "hush"; secret "hush";', 'key "********"; secret "********";'],
  ['password "it\'s {#1}; \\";', 'password "********";'],
  ['\tpassword"hush";', '\tpassword"********";'],
  ['password /* "a" */ "hush";', 'password /* "a" */ "********";'],
  ['password # of "tor1"\n\t"hush";', 'password # of "tor1"\n\t"********";'],
  ['# password "hush";\n', '# password "********";\n'],
  ['/* 19" rack: password "hush"; */', '/* 19" rack: password "********"; */'],
  ['password "hush\n}', 'password "********"\n}'],
  ['password 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff;', 'password "********";'],
  ['key hex:68:75:73:68;', 'key "********";'],
])('%j is shown as %j', (text, shown) => {
  expect(maskSecrets(text)).toBe(shown);
  expect(holdsSecret(text)).toBe(true);
});

it.each([
  'description "password"; hostname "tor1";',
  'description "key", "secret"; # "key"',
  'key key1;',
  'log syslog all;',
  'description "password";',
  '# the password is in a file',
  'route 10.0.0.0/8 via "key";',
])('%j is shown as it is', (text) => {
  expect(maskSecrets(text)).toBe(text);
  expect(holdsSecret(text)).toBe(false);
});

it.each(['/* password ', '# password ', 'password /**/', '#\n', 'key ', ' '])(
  'many of %j after a password, which BIRD refuses, are read in one go',
  (piece) => {
    expect(maskSecrets(`password ${piece.repeat(20_000)}`)).not.toContain('*****');
  },
);

it('the answer of render has no password in it', () => {
  const answer = renderJson(publishPaths('/etc/bird/bird.conf'), { config: 'password "hush";', announcements: '' });
  expect(JSON.stringify(answer)).not.toContain('hush');
});

it('a file with a password is closed to all others, also in a folder that is not', () => {
  using folder = new TempFolder();
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mode: 0o644 };
  const modeOf = (text: string): number => {
    const paths = { ...publishPaths(folder.at('etc/bird.conf')), candidate: folder.at('set') };
    const set = stageCandidate({ config: text, announcements: '' }, paths, owner);
    return statSync(set.config).mode & 0o777;
  };
  expect(modeOf('log syslog all;')).toBe(0o644);
  expect(modeOf('password "hush";')).toBe(0o640);
});

it('a password that no string can carry is refused without being shown', () => {
  const error = thrownBy(() => safeView({ peers: [{ password: 'hush"; }' }] }));
  expect(error.message).toContain('view.peers.0.password');
  expect(error.message).not.toContain('hush');
  expect(safeView({ password: 'a b;{}#', description: "it's" })).toMatchObject({ password: 'a b;{}#' });
  expect(() => safeView({ name: 'a b' })).toThrow('view.name');
});
