import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { announcements, conf, Setup } from './publish-setup.ts';

const FILES = { config: conf('now'), announcements: announcements('now') };

/** What a publish comes to when BIRD says that it has read this file. */
async function publishedTo(setup: Setup, read: string) {
  const { bird } = setup;
  Object.defineProperty(bird, 'configFile', { get: () => read });
  return setup.publisher().publish(FILES);
}

it('a BIRD that reads the bird.conf of another time is told of, although it runs the protocols of the announcements', async () => {
  using setup = new Setup();
  const old = join(setup.folder, 'old.conf');
  writeFileSync(old, conf('earlier'));
  const message = expect.stringContaining(
    `BIRD reads ${old}, which is an earlier file of flockd's, and not ${setup.config}`,
  );
  expect(await publishedTo(setup, old)).toEqual({ ok: false, code: 'birdUnavailable', message });
});

it.each([
  ['the same file', 'bird.conf', undefined],
  ['a path that leads nowhere here, as in a container', 'elsewhere.conf', undefined],
  ["an operator's file, which may include ours", 'main.conf', 'include "bird.conf";\n'],
])('a BIRD that reads %s is taken at its word', async (_what, name, text) => {
  using setup = new Setup();
  if (text !== undefined) writeFileSync(join(setup.folder, name), text);
  expect(await publishedTo(setup, join(setup.folder, name))).toEqual({ ok: true, changed: true });
});

it('a BIRD that names its file relative to its own folder is taken at its word', async () => {
  using setup = new Setup();
  expect(await publishedTo(setup, 'bird.conf')).toEqual({ ok: true, changed: true });
});
