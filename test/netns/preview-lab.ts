import { writeFileSync } from 'node:fs';
import { ANNOUNCEMENTS_FILE } from '../../src/bird/names.ts';
import { type ConfigSet, previewChange } from '../../src/bird-language/compare/preview.ts';
import type { Preview } from '../../src/bird-language/compare/types.ts';
import { diskFiles } from '../../src/bird-language/text/disk-files.ts';
import { eventually, type LabBird } from '../lab/lab.ts';

/** What a BIRD runs before it is given any of our texts. */
export const FOREIGN = 'log stderr all;\nrouter id 10.0.0.1;\nprotocol device device1 {}\n';

/** Texts of a configuration, by their names in the folder of `bird.conf`. */
export interface Texts {
  readonly config: string;
  readonly announcements: string;
  /** More files, which `config` includes. */
  readonly more?: Readonly<Record<string, string>>;
}

/** What a change does, in BIRD's own words. All sorted, for comparing. */
export interface Done {
  /** Protocols that begin anew under the same name. */
  readonly restarted: string[];
  /** Protocols that were not there, or were disabled. */
  readonly begun: string[];
  /** Protocols that are there no more, or are disabled. */
  readonly ended: string[];
  /** `tor1.ipv4 export`. */
  readonly refeeds: string[];
}

/** Writes the files of a change and tells BIRD to take them up; returns when it has. */
export async function configure(bird: LabBird, texts: Texts): Promise<Done> {
  writeTexts(bird, texts);
  const before = bird.log().length;
  await bird.birdc('configure');
  const said = await eventually(() => {
    const log = bird.log().slice(before);
    return /<INFO> Reconfigured\n/.test(log) ? log : undefined;
  }, 'BIRD has taken the configuration up');
  return readLog(said);
}

/** What the log of one `configure` says (`protos_commit`, `channel_reconfigure` and what they call in `nest/proto.c`). */
export function readLog(log: string): Done {
  const names = (pattern: RegExp): string[] => [...log.matchAll(pattern)].map((match) => match[1] ?? '').sort();
  const restarted = names(/<INFO> Restarting protocol (\S+)/g);
  return {
    restarted,
    begun: names(/<INFO> (?:Adding|Enabling) protocol (\S+)/g),
    ended: names(/<INFO> (?:Removing|Disabling) protocol (\S+)/g),
    refeeds: [...log.matchAll(/<TRACE> (\S+): (Feeding|Reload) requested/g)]
      .map(([, channel, what]) => `${channel} ${what === 'Feeding' ? 'export' : 'import'}`)
      // BIRD fills channels before it finds out that the protocol must restart.
      .filter((refeed) => !restarted.includes(refeed.split('.')[0] ?? ''))
      .sort(),
  };
}

/** Puts the files of a configuration into the folder of a BIRD that runs. */
export function writeTexts(bird: LabBird, texts: Texts): void {
  const folder = bird.configPath.replace(/\/[^/]*$/, '');
  writeFileSync(bird.configPath, texts.config);
  writeFileSync(`${folder}/${ANNOUNCEMENTS_FILE}`, texts.announcements);
  for (const [name, text] of Object.entries(texts.more ?? {})) writeFileSync(`${folder}/${name}`, text);
}

/** What the preview says of a change from one set of texts to another, in the place of a BIRD's files. */
export function previewTexts(configPath: string, before: Texts, after: Texts): Preview {
  return previewChange(setOf(configPath, before), setOf(configPath, after));
}

function setOf(main: string, texts: Texts): ConfigSet {
  const folder = main.replace(/\/[^/]*$/, '');
  const more = Object.entries(texts.more ?? {}).map(([name, text]) => [`${folder}/${name}`, text] as const);
  const files = [[main, texts.config], [`${folder}/${ANNOUNCEMENTS_FILE}`, texts.announcements], ...more] as const;
  return { main, files: diskFiles(new Map(files)) };
}

/** What the preview says, in BIRD's own words. */
export function foretold(preview: Preview): Done {
  const { begins, ends, refeeds, protocols } = preview;
  const restarted: string[] = [];
  const begun = begins.map(({ protocol }) => protocol);
  const ended = ends.map(({ protocol }) => protocol);
  for (const { protocol, reasons } of preview.resets) {
    // It is the router that ends these, a moment later.
    if (reasons.every((reason) => /^(bfd|protocol bfd) /.test(reason))) continue;
    const renamed = reasons.find((reason) => reason.startsWith('name '))?.replace(/.* → /, '');
    if (renamed !== undefined) begun.push(renamed);
    if (renamed !== undefined || reasons.includes('disabled')) ended.push(protocol);
    else restarted.push(protocol);
  }
  for (const { protocol, change } of protocols) {
    ({ begins: begun, ends: ended, restarts: restarted })[change].push(protocol);
  }
  return {
    restarted: restarted.sort(),
    begun: begun.sort(),
    ended: ended.sort(),
    refeeds: refeeds.map(({ protocol, channel, direction }) => `${protocol}.${channel} ${direction}`).sort(),
  };
}
