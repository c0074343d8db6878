import { type ConfigSet, previewChange } from '../../../src/bird-language/compare/preview.ts';
import type { Preview } from '../../../src/bird-language/compare/types.ts';
import type { ConfigFiles } from '../../../src/bird-language/text/config-set.ts';

/** Files that exist in memory only; a folder is there when a file in it is. */
export function memoryFiles(texts: Readonly<Record<string, string>>): ConfigFiles {
  return {
    text: (path) => texts[path],
    names: (folder) => {
      const inside = Object.keys(texts).filter((path) => path.startsWith(`${folder === '/' ? '' : folder}/`));
      const names = inside.map((path) => path.slice(folder === '/' ? 1 : folder.length + 1).split('/')[0] ?? '');
      return names.length === 0 ? undefined : [...new Set(names)].reverse();
    },
  };
}

/** A configuration of one file, or of several by their paths, of which `/c/bird.conf` is the main one. */
export function configSet(text: string | Readonly<Record<string, string>>): ConfigSet {
  return { main: '/c/bird.conf', files: memoryFiles(typeof text === 'string' ? { '/c/bird.conf': text } : text) };
}

/** What the preview says of a change from one text to another. */
export function preview(before: Parameters<typeof configSet>[0], after: Parameters<typeof configSet>[0]): Preview {
  return previewChange(configSet(before), configSet(after));
}

/** What says that nothing happens. */
export const NOTHING: Preview = {
  resets: [],
  begins: [],
  ends: [],
  refeeds: [],
  protocols: [],
  announced: [],
  withdrawn: [],
};

/** A session with the rest of its block. */
export const session = (rest: string, name = 'tor1'): string =>
  `protocol bgp ${name} { local 10.0.0.1 as 65001; neighbor 10.0.0.254 as 65000; ipv4 { import all; export all; }; ${rest} }\n`;
