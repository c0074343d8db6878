import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../lab/lab.ts';
import { routedWorld } from './e2e/nodes.ts';
import { healed, told } from './problems.ts';

interface Status {
  bird: { lastPublish: { ok: boolean } | null };
}

async function save(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

const EXTRA = 'partials/extra.hbs';
const staticNamed = (name: string): string =>
  `protocol static ${name} {\n\tipv4;\n\troute 198.51.100.0/24 blackhole;\n}\n`;

describe.skipIf(!isRoot)('templates that are edited while flockd runs (needs root)', () => {
  const world = routedWorld('live-templates');

  /** The lines of both ends about the session: state, and since when. */
  async function session(): Promise<string> {
    const { node, router } = world();
    const lines = await Promise.all([node.birdc('show protocols tor'), router.birdc('show protocols node1')]);
    for (const text of lines) expect(text).toContain('Established');
    return lines.join('');
  }

  /** Waits until BIRD runs a protocol of this name, or does not. */
  function runs(name: string, wanted = true): Promise<boolean> {
    return eventually(
      async () => (await world().node.birdc('show protocols')).includes(name) === wanted,
      `BIRD ${wanted ? 'runs' : 'does not run'} ${name}`,
    );
  }

  const text = (): Promise<string> => readFile(world().node.path('bird', 'bird.conf'), 'utf8');

  it('are in BIRD as soon as they are saved, and no session is reset', async () => {
    const { node } = world();
    const before = await session();
    const path = await save(node.path('templates', EXTRA), `# one\n${staticNamed('edit_one')}`);
    await runs('edit_one');
    await save(node.path('templates', '.new'), staticNamed('edit_two'));
    await rename(node.path('templates', '.new'), path);
    await runs('edit_two');
    await runs('edit_one', false);
    await save(node.path('templates', 'partials/global-extra.hbs'), '# a remark for {{routerId}}\n');
    await eventually(async () => (await text()).includes('# a remark for 10.0.1.1'), 'bird.conf has the remark');
    await healed(node);
    expect(await session()).toBe(before);
  });

  it.each([
    ['is malformed', '# fine\n{{#if peers}}\n', 'templateError', 'cannot be read'],
    [
      'asks for what is not there',
      '# fine\n{{routrId}}\n',
      'templateError',
      'line 2: there is no value "routrId"; did you mean "routerId"?',
    ],
    [
      'is refused by BIRD',
      '# fine\n{{#if peers}}\nprotocol nonsense { }\n{{/if}}\n',
      'configurationRefused',
      `${EXTRA}:3 (`,
    ],
  ])(
    'keep what runs when one %s; addresses still come and go, and status names the place',
    async (_what, broken, code, said) => {
      const { node, router } = world();
      await save(node.path('templates', EXTRA), staticNamed('the_good'));
      await runs('the_good');
      const [before, file] = [await session(), await text()];
      const path = await save(node.path('templates', EXTRA), broken);
      await told(node, code, path, said);
      expect(await text()).toBe(file);
      const pod = await node.runPod({ name: 'under-it', annotations: { anycast: '192.0.2.91,2001:db8:ffff::91' } });
      for (const claim of ['192.0.2.91', '2001:db8:ffff::91'])
        await eventually(async () => (await router.nextHops(claim)).length === 1, `the router has a path to ${claim}`);
      await node.endPod(pod);
      await eventually(async () => (await router.nextHops('192.0.2.91')).length === 0, 'the path is withdrawn');
      await told(node, code, path, said);
      await runs('the_good');
      expect(await text()).toBe(file);
      await save(path, staticNamed('the_good'));
      await healed(node);
      await eventually(
        async () => ((await node.flockctlJson('status')) as Status).bird.lastPublish?.ok === true,
        'the last publish is a good one again',
      );
      expect(await session()).toBe(before);
    },
  );

  it('give way to the packaged ones when they are deleted, also as a whole folder', async () => {
    const { node } = world();
    const before = await session();
    await save(node.path('templates', EXTRA), staticNamed('deleted'));
    await runs('deleted');
    await rm(node.path('templates', EXTRA));
    await runs('deleted', false);
    await save(node.path('templates', EXTRA), staticNamed('again'));
    await runs('again');
    await rm(node.path('templates'), { recursive: true });
    await runs('again', false);
    await save(node.path('templates', EXTRA), staticNamed('folder_is_back'));
    await runs('folder_is_back');
    expect(await session()).toBe(before);
  });

  it('are looked for in the folder that the configuration names now', async () => {
    const { node } = world();
    const before = await session();
    const { bird } = node.config;
    if (typeof bird !== 'object') throw new Error('the node has no bird in its configuration');
    await save(node.path('others', EXTRA), staticNamed('other_one'));
    await node.configure({ bird: { ...bird, templates: node.path('others') } });
    await runs('other_one');
    await save(node.path('templates', EXTRA), staticNamed('of_the_past'));
    await save(node.path('others', EXTRA), staticNamed('other_two'));
    await runs('other_two');
    expect(await node.birdc('show protocols')).not.toContain('of_the_past');
    await node.configure({ bird });
    await runs('of_the_past');
    await healed(node);
    expect(await session()).toBe(before);
  });

  it('that were made from an older packaged one are in force, and status says so until they are brought up to date', async () => {
    const { node } = world();
    const packaged = await readFile(new URL('../../templates/partials/log.hbs', import.meta.url), 'utf8');
    const copy = packaged.replace(/ [0-9a-f]{12} /, ' 0123456789ab ').replace('log syslog', 'log stderr');
    const path = await save(node.path('templates', 'partials/log.hbs'), copy);
    await told(node, 'templateOutdated', path, 'templates/partials/log.hbs', 'diff');
    await eventually(async () => (await text()).includes('log stderr all;'), 'the copy is in force');
    await save(path, packaged.replace('log syslog', 'log stderr'));
    await healed(node);
  });
});
