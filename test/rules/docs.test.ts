import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSchemaForReference, REFERENCE_PAGE, withReference } from '../../packaging/config-reference.ts';
import { REASONS } from '../../src/advertise/reasons.ts';
import { parseConfig } from '../../src/config/load.ts';
import { restartKeys } from '../../src/config/restart-keys.ts';
import { PROBLEMS } from '../../src/engine/problems.ts';
import { ERROR_CODES } from '../../src/errors.ts';
import { main } from '../../src/flockctl.ts';
import { ANNOTATION_PREFIX } from '../../src/model/names.ts';
import { METRICS } from '../../src/report/metric-list.ts';
import { brokenLinks, codesIn, proseOf, readDocument, subjectsOf, tableUnder } from './markdown.ts';
import { ROOT, sourceFiles } from './sources.ts';

const readme = readDocument('README.md');
/** The pages for those who run flockd, one for each subject. */
const pages = sourceFiles('docs', ['.md']).map(({ path }) => readDocument(join('docs', path)));
const architecture = readDocument('ARCHITECTURE.md');
const contributing = readDocument('CONTRIBUTING.md');

/** Every document that people read. */
const documents = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map(readDocument),
  ...pages,
  ...['src', 'templates', 'examples'].flatMap((folder) =>
    sourceFiles(folder, ['.md']).map(({ path, text }) => ({ path: join(folder, path), text })),
  ),
];

function source(path: string): string {
  return readFileSync(join(ROOT, 'src', path), 'utf8');
}

/** The words in quotes inside the first match of a pattern, which must be there. */
function wordsIn(path: string, pattern: RegExp): string[] {
  const found = pattern.exec(source(path))?.[0];
  if (found === undefined) throw new Error(`src/${path} has nothing like ${pattern}`);
  return [...found.matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '');
}

/** The first table under a heading that one of the pages has. */
function pageTable(heading: string): string[][] {
  const page = pages.find(({ text }) =>
    proseOf(text)
      .split('\n')
      .some((line) => line.replace(/^#+ /, '#') === `#${heading}`),
  );
  if (page === undefined) throw new Error(`no page of docs/ has the heading "${heading}"`);
  return tableUnder(page, heading);
}

/** Runs `flockctl` in this process and returns what it prints. */
async function help(...args: string[]): Promise<string> {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  await main([...args, '--help'], { out: write, err: write, now: () => new Date() });
  return text;
}

describe('the pages of docs/', () => {
  it('has the table of errors that src/errors.ts has', () => {
    const rows = pageTable('Errors').map((row) => row.slice(0, 3));
    expect(rows).toEqual(
      Object.entries(ERROR_CODES).map(([code, { cni, meaning }]) => [`\`${code}\``, `${cni}`, meaning]),
    );
  });

  it('says what to do for every error, reason and problem', () => {
    for (const heading of ['Errors', 'Why an address is withheld', 'Problems']) {
      for (const row of pageTable(heading)) expect(row.at(-1), `${heading}: ${row[0]}`).not.toBe('');
    }
  });

  it('has every reason for which an address is withheld, and no other', () => {
    expect(REASONS.length).toBeGreaterThan(5);
    expect(subjectsOf(pageTable('Why an address is withheld'))).toEqual(REASONS);
  });

  it('has every problem that flockctl status can list, and no other', () => {
    const codes = Object.keys(PROBLEMS);
    expect(codes.length).toBeGreaterThan(10);
    expect(subjectsOf(pageTable('Problems').map((row) => row.slice(0, 1)))).toEqual(codes);
  });

  it('has the table of configuration keys that the schema gives', () => {
    const page = readDocument(REFERENCE_PAGE);
    const subjects = subjectsOf(tableUnder(page, 'Configuration').map((row) => row.slice(0, 1)));
    expect(subjects).toContain('bgp.peers[].name');
    const wanted = withReference(page.text, configSchemaForReference());
    expect(page.text, `${REFERENCE_PAGE} differs from the schema; to write it: npm run docs`).toBe(wanted);
  });

  it('marks the keys that need a restart, and no other', () => {
    const least = 'pools: {ipv4: 10.1.1.0/24}\nbgp: {asn: 64601}\n';
    const moved = 'node: x\nstate: /x\nsocket: /y\nrouteProtocol: 203\npods: {source: kubernetes}\n';
    const keys = restartKeys(parseConfig(least, { hostname: 'a' }), parseConfig(least + moved, { hostname: 'a' }));
    const marked = pageTable('Configuration').filter((row) => row.at(-1) === 'yes');
    expect(keys.length).toBeGreaterThan(0);
    expect(subjectsOf(marked.map((row) => row.slice(0, 1))).sort()).toEqual([...keys].sort());
  });

  it('has every annotation, and no other', () => {
    const keys = wordsIn('pods/annotations.ts', /const KEYS = \[[^\]]+\]/);
    expect(subjectsOf(pageTable('Annotations'))).toEqual(keys);
    expect(pages.some(({ text }) => text.includes(`\`${ANNOTATION_PREFIX}\``))).toBe(true);
  });

  it('has every verb of flockctl that is registered, and no other', async () => {
    const commands = /Commands:\n([\s\S]*)$/.exec(await help())?.[1] ?? '';
    const verbs = [...commands.matchAll(/^ {2}([a-z]+)/gm)].map((match) => match[1]).filter((verb) => verb !== 'help');
    expect(verbs).toContain('status');
    expect(subjectsOf(pageTable('flockctl').map((row) => row.slice(0, 1)))).toEqual(verbs);
    expect(subjectsOf(pageTable('JSON'))).toEqual(verbs);
  });

  it('has every option of every verb of flockctl', async () => {
    const common = ['--help', '--json', '--socket'];
    for (const [verb = '', shows = ''] of pageTable('flockctl')) {
      const text = await help(...codesIn(verb));
      const options = [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] ?? '');
      expect(options, verb).toEqual(expect.arrayContaining(common));
      const own = options.filter((option) => !common.includes(option));
      expect(
        own.filter((option) => !shows.includes(`\`${option}`)),
        verb,
      ).toEqual([]);
    }
    expect(pages.some(({ text }) => text.includes('Every verb has `--json` and `--socket PATH`'))).toBe(true);
  });

  it('has every key of the JSON that the daemon serves', () => {
    const text = pageTable('JSON').flat().join(' ');
    const served = [source('api/types.ts').replace(/export interface ErrorJson[\s\S]*$/, '')];
    // The JSON of a verb may have a file of its own, with its check.
    for (const { path, text } of sourceFiles('src/api', ['.ts'])) if (path.endsWith('-json.ts')) served.push(text);
    const keys = [...served.join('\n').matchAll(/readonly (\w+)\??:/g)].map((match) => match[1] ?? '');
    expect(keys).toContain('nextHops');
    expect(keys.filter((key) => !codesIn(text).includes(key))).toEqual([]);
  });

  it('has every metric, and no other', () => {
    const names = METRICS.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(subjectsOf(pageTable('Metrics').map((row) => row.slice(0, 1)))).toEqual(names);
  });

  it('has every packaged template, and no other', () => {
    const templates = sourceFiles('templates', ['.hbs']).map(({ path }) => path);
    expect(subjectsOf(pageTable('Templates').map((row) => row.slice(0, 1))).sort()).toEqual(templates);
  });

  it('speaks of the comparison in as many columns as it has names', () => {
    const widths = new Set(pageTable('How others do it').map((row) => row.length));
    expect([...widths]).toEqual([7]);
  });
});

describe('the README', () => {
  it('is short, and leads to every page of docs/', () => {
    expect(Buffer.byteLength(readme.text)).toBeLessThanOrEqual(12 * 1_024);
    expect(pages.length).toBeGreaterThan(0);
    expect(pages.filter(({ path }) => !readme.text.includes(`](${path})`)).map(({ path }) => path)).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  it('has every room of src/, and no other', () => {
    const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .filter((name) => !name.endsWith('.json'));
    expect(subjectsOf(tableUnder(architecture, 'Rooms').map((row) => row.slice(0, 1))).sort()).toEqual(rooms.sort());
  });
});

describe('CONTRIBUTING.md', () => {
  it('explains every dependency of package.json, and no other', () => {
    const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(readDocument('package.json').text);
    const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}),
    );
    const rows = tableUnder(contributing, 'Dependencies');
    expect(names).toContain('netlink');
    expect(subjectsOf(rows.map((row) => row.slice(0, 1))).sort()).toEqual(names.sort());
    for (const [name, why] of rows) expect(why, name).not.toBe('');
  });

  it('has every folder of test/, and no other', () => {
    const folders = readdirSync(join(ROOT, 'test')).filter((name) => name !== 'setup');
    const named = subjectsOf(tableUnder(contributing, 'Tests').map((row) => row.slice(0, 1)));
    expect(named.map((name) => name.replace('test/', '')).sort()).toEqual(folders.sort());
  });
});

describe('every document', () => {
  it.each(documents)('$path has links that lead somewhere', (document) => {
    expect(brokenLinks(document)).toEqual([]);
  });

  it.each(documents)('$path names no path of a machine on which it was written', ({ text }) => {
    // Folders of people and of work in progress; what flockd uses lies in /etc, /run, /opt, /var, /usr and /proc.
    const foreign = [...text.matchAll(/(?<![\w.:/~-])\/(?:tmp|home|root|work\w*|mnt|media|srv|Users|builds?)\/\S*/g)];
    expect(foreign.map(([path]) => path)).toEqual([]);
  });

  it.each(documents)('$path names only npm scripts that exist', ({ text }) => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(readDocument('package.json').text);
    const named = [...text.matchAll(/\bnpm run ([a-z]+)/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it.each(documents)('$path has tables whose rows are as wide as their headers', ({ text }) => {
    const tables = proseOf(text).match(/(?:^\|.*\n)+/gm) ?? [];
    const widths = tables.map(
      (table) =>
        new Set(
          table
            .trim()
            .split('\n')
            .map((row) => row.split('|').length),
        ).size,
    );
    expect(widths.filter((width) => width !== 1)).toEqual([]);
  });
});
