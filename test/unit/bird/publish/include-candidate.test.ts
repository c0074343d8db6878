import { lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishPaths } from '../../../../src/bird/files/paths.ts';
import { type Candidate, stageCandidate } from '../../../../src/bird/judge/candidate.ts';
import type { OfflineVerdict } from '../../../../src/bird/judge/offline-check.ts';
import { explainFault } from '../../../../src/bird/judge/refusal.ts';
import { judgeByProgram } from '../../../../src/bird/judge/verdict.ts';
import { FILE_HEADER } from '../../../../src/bird/names.ts';
import { renderAnnouncements } from '../../../../src/bird/render/announcements.ts';
import { createConfigRenderer } from '../../../../src/bird/render/render.ts';
import { hasBird } from '../../../golden/judge.ts';
import { config, facts, peer } from '../fixtures.ts';
import { TemplateFolder } from '../templates/template-fixture.ts';

const BIRD = { ...config().bird, mode: 'include' } as const;
const INPUT = {
  config: config({ peers: [peer('tor1', '10.0.0.254')] }, { bird: BIRD }),
  facts: facts({ tor1: '10.0.0.1' }, { routerId: undefined }),
};
const FLOCK_CONF = createConfigRenderer(undefined).render(INPUT);
const HEAD = 'router id 10.0.0.1;\nprotocol device { }\n';
const LINE = 'include "flock.conf";\n';

/** A folder like `/etc/bird` of an operator, and what is made of it when flockd has a `flock.conf` for it. */
class EtcBird extends TemplateFolder {
  readonly paths = publishPaths(this.at('bird/bird.conf'), 'include');

  /** Stages the packaged `flock.conf`, or another text. */
  stage(text = FLOCK_CONF): Candidate {
    mkdirSync(this.paths.folder, { recursive: true });
    const ownership = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mode: 0o640 };
    return stageCandidate({ config: text, announcements: renderAnnouncements([]) }, this.paths, ownership);
  }

  /** What `bird -p` says, with the paths of the real files and without those of the test. */
  async judge(text = FLOCK_CONF): Promise<OfflineVerdict> {
    const verdict = await judgeByProgram(this.stage(text));
    if (verdict.verdict === 'accepted') return verdict;
    const message = explainFault(verdict.message, this.paths, text, () => undefined);
    return { ...verdict, message: message.replaceAll(this.path, '') };
  }
}

function etcBird(main: string, more: Readonly<Record<string, string>> = {}): EtcBird {
  return new EtcBird({ 'bird/bird.conf': main, ...more });
}

/** Kind and words of what is wrong with the operator's file. */
function faultOf(folder: EtcBird): string {
  const { fault } = folder.stage();
  return fault === undefined ? 'none' : `${fault.kind}: ${fault.message}`.replaceAll(folder.path, '');
}

const BROKEN_TEMPLATE = FLOCK_CONF.replace('hold time 30;', 'hold time;');

describe("a candidate set below an operator's bird.conf", () => {
  it("has the operator's file as a link, so that its owner and mode stay what they are", () => {
    using folder = etcBird(`${HEAD}${LINE}`);
    const { main, config: rendered, fault } = folder.stage();
    expect(fault).toBeUndefined();
    expect(readlinkSync(main)).toBe(folder.paths.main);
    expect(rendered).toBe(join(folder.paths.candidate, 'flock.conf'));
    expect(readFileSync(rendered, 'utf8')).toBe(FLOCK_CONF);
  });

  it.skipIf(!hasBird).each([
    ['by its name', LINE],
    ['by its name, with blanks', '\t include\t"flock.conf" ;\n'],
    ['by its name below here', 'include "./flock.conf";\n'],
    ['by its full path', 'include "DIR/bird/flock.conf";\n'],
    ['by a pattern', 'include "flock.c*";\n'],
    ['by a full pattern', 'include "DIR/bird/flock.c*";\n'],
    ['by a path that goes up and down', 'include "../bird/flock.conf";\n'],
    ['by a path through a link', 'include "DIR/link/flock.conf";\n'],
    ['by a file that it includes', 'include "conf.d/*.conf";\ninclude "../other/own.conf";\n'],
  ])('is judged as a whole when that file includes flock.conf %s (needs bird)', async (_how, lines) => {
    using folder = etcBird('', {
      'bird/conf.d/own.conf': 'define own1 = 1;\n',
      'other/own.conf': 'define own2 = 1;\n',
    });
    symlinkSync(folder.at('bird'), folder.at('link'));
    const nested = lines.includes('conf.d');
    folder.write('bird/bird.conf', `${HEAD}${lines.replaceAll('DIR', folder.path)}${nested ? LINE : ''}`);
    const before = readFileSync(folder.paths.main);
    expect(await folder.judge()).toEqual({ verdict: 'accepted' });
    expect(await folder.judge(BROKEN_TEMPLATE)).toEqual({
      verdict: 'refused',
      message: expect.stringMatching(/^\/bird\/flock\.conf:\d+:\d+ syntax error, unexpected ';'/),
    });
    expect(readFileSync(folder.paths.main)).toEqual(before);
  });

  it.skipIf(!hasBird)(
    'is judged below a bird.conf that is a link, by the folder of the link (needs bird)',
    async () => {
      using folder = etcBird('', { 'elsewhere/real.conf': `${HEAD}include "own.conf";\n${LINE}`, 'bird/own.conf': '' });
      folder.remove('bird/bird.conf');
      symlinkSync('../elsewhere/real.conf', folder.paths.main);
      expect(await folder.judge()).toEqual({ verdict: 'accepted' });
      expect(await folder.judge(BROKEN_TEMPLATE)).toMatchObject({ verdict: 'refused' });
    },
  );

  it.skipIf(!hasBird)("says that a fault lies in the operator's own file, and where (needs bird)", async () => {
    using folder = etcBird(`${HEAD}nonsense;\n${LINE}`);
    expect(await folder.judge()).toEqual({
      verdict: 'refused',
      message: expect.stringMatching(/^\/bird\/bird\.conf:3:\d+ syntax error.* \(\/bird\/bird\.conf is yours\)$/),
    });
    using nested = etcBird(`${HEAD}include "own.conf";\n${LINE}`, { 'bird/own.conf': '\nnonsense;\n' });
    expect(await nested.judge()).toEqual({
      verdict: 'refused',
      message: expect.stringMatching(/^\/bird\/own\.conf:2:\d+ .* \(\/bird\/own\.conf is yours\)$/),
    });
  });

  it.skipIf(!hasBird)('is refused where a name is used twice, at the line of flock.conf (needs bird)', async () => {
    using folder = etcBird(`${HEAD}protocol static tor1 { ipv4; }\n${LINE}`);
    expect(await folder.judge()).toMatchObject({
      verdict: 'refused',
      message: expect.stringMatching(/^\/bird\/flock\.conf:\d+/),
    });
  });
});

describe("an operator's bird.conf without flock.conf", () => {
  it('is named with the line that it needs; the set is judged as if the line were there', async () => {
    using folder = etcBird(`${HEAD}# ${LINE}define own1 = 1;`);
    expect(faultOf(folder)).toBe(
      'lacking: /bird/bird.conf does not include flock.conf, so that BIRD knows nothing of flockd; put the line include "flock.conf"; into it, above every protocol that uses a filter of flockd',
    );
    expect(readFileSync(folder.stage().main, 'utf8')).toBe(`${readFileSync(folder.paths.main, 'utf8')}\n${LINE}`);
    if (!hasBird) return;
    expect(await folder.judge()).toEqual({ verdict: 'accepted' });
    expect(await folder.judge(BROKEN_TEMPLATE)).toMatchObject({ verdict: 'refused' });
  });

  it.skipIf(!hasBird)('is refused together with the reason when it uses a filter of flockd (needs bird)', async () => {
    using folder = etcBird(`${HEAD}protocol kernel { ipv4 { export filter flock_kernel4; }; }\n`);
    expect(await folder.judge()).toEqual({
      verdict: 'refused',
      message: expect.stringMatching(/^\/bird\/bird\.conf:3:.*; \/bird\/bird\.conf does not include flock\.conf/),
    });
  });

  it('has a copy that the same people may read', () => {
    using folder = etcBird(HEAD);
    const { mode, uid, gid } = statSync(folder.paths.main);
    expect(statSync(folder.stage().main)).toMatchObject({ mode, uid, gid });
    expect(lstatSync(folder.stage().main).isSymbolicLink()).toBe(false);
  });

  it('is found missing', async () => {
    using folder = new EtcBird();
    expect(faultOf(folder)).toBe(
      'missing: there is no /bird/bird.conf; with bird.mode: include it is yours: write it, with the line include "flock.conf";, or set bird.mode: own',
    );
    if (hasBird) expect(await folder.judge()).toEqual({ verdict: 'accepted' });
  });

  it("is found to be flockd's own of before", async () => {
    using folder = etcBird(`${FILE_HEADER}\n${HEAD}`);
    expect(faultOf(folder)).toMatch(
      /^ours: \/bird\/bird\.conf is still flockd's own; with bird\.mode: include it must be yours/,
    );
    if (hasBird) expect(await folder.judge(BROKEN_TEMPLATE)).toMatchObject({ verdict: 'refused' });
  });
});

describe('an include of flock.conf that keeps it from being judged', () => {
  it.each([
    [
      'in a file that is included, by its full path',
      'include "own.conf";\n',
      'include "DIR/bird/flock.conf";\n',
      'own.conf:1',
    ],
    ['in a folder that is included', 'include "conf.d/*.conf";\n', 'include "../flock.conf";\n', 'conf.d/own.conf:1'],
    ['by a pattern for folders', 'include "DIR/b*/flock.conf";\n', '', 'bird.conf:3'],
  ])('is refused with its place: %s', async (_where, line, own, place) => {
    using folder = etcBird('', { 'bird/own.conf': '', 'bird/conf.d/own.conf': '', 'bird/flock.conf': FLOCK_CONF });
    const written = own.replace('DIR', folder.path);
    folder.write('bird/own.conf', written);
    folder.write('bird/conf.d/own.conf', written);
    folder.write('bird/bird.conf', `${HEAD}${line.replace('DIR', folder.path)}`);
    expect(faultOf(folder)).toContain(`past: `);
    expect(await folder.judge()).toEqual({
      verdict: 'refused',
      message: expect.stringMatching(
        new RegExp(
          `^\\S*/${place} includes /bird/flock\\.conf in a way in which .*; include it from /bird/bird\\.conf itself, with the line include "flock\\.conf";`,
        ),
      ),
    });
  });

  it('is refused when it takes the announcements in as well', async () => {
    using folder = etcBird(`${HEAD}include "flock*.conf";\n`);
    expect(await folder.judge()).toEqual({
      verdict: 'refused',
      message:
        '/bird/bird.conf:3 includes flock-announcements.conf, which flock.conf includes itself; name flock.conf alone there (/bird/bird.conf is yours)',
    });
  });

  it('comes to an end when files include each other', () => {
    using folder = etcBird(`${HEAD}include "*.conf";\n`, { 'bird/a.conf': 'include "*.conf";\n' });
    expect(faultOf(folder)).toMatch(/^twice: /);
  });
});
