import { peerAt } from './desk.ts';
import type { Edit, MakeEdit } from './edit.ts';
import { claimsOf, ROUTERS, STEADY } from './names.ts';
import { packagedText } from './packaged.ts';

/** A text that BIRD takes, and that would stop announcements; the fault is on its last line. */
function stopping(what: string, file: string, make: (prefix: string) => readonly string[]): MakeEdit {
  return (dice): Edit => {
    const lines = make(dice.pick(claimsOf(dice.pick(STEADY))));
    const text = `${lines.join('\n')}\n`;
    return { what, file, content: { text }, expected: { outcome: 'undone', line: lines.length } };
  };
}

/** The filter of peers whose routes carry nothing of their own lets the pools pass, and no pods. */
const emptied: MakeEdit = (_dice, desk) => {
  if (ROUTERS.every(({ address }) => peerAt(desk, address).export !== undefined)) return undefined;
  const file = 'partials/filters.hbs';
  const lines = packagedText(file).split('\n');
  const line = lines.findIndex((one) => one.includes('if proto = "{{announceProtocol}}" then accept;')) + 1;
  const text = lines.filter((_, index) => index !== line - 1).join('\n');
  // What is missing is missed at the line that has moved up.
  return { what: 'no pods are exported', file, content: { text }, expected: { outcome: 'undone', line } };
};

/** The include of the announcements, in a comment of BIRD: the line is there, and does nothing. */
const commentedOut: MakeEdit = () => {
  const file = 'bird.conf.hbs';
  const lines = packagedText(file).split('\n');
  const line = lines.findIndex((one) => one.startsWith('include ')) + 1;
  const text = lines.map((one, index) => (index === line - 1 ? `/*\n${one}\n*/` : one)).join('\n');
  return { what: 'the include in a comment', file, content: { text }, expected: { outcome: 'undone', line } };
};

/** No routes of the pools. */
const noPools: MakeEdit = () => {
  const file = 'partials/summaries.hbs';
  const lines = packagedText(file).split('\n');
  const line = lines.findIndex((one) => one.includes('route {{summary}}')) + 1;
  const text = lines.filter((_, index) => index !== line - 1).join('\n');
  return { what: 'no pools', file, content: { text }, expected: { outcome: 'undone', line: undefined } };
};

/** Edits that BIRD takes and that would cost the routers announcements. */
export const STOPPING: readonly MakeEdit[] = [
  stopping('nothing is exported', 'partials/export-extra.hbs', () => ['\treject;']),
  stopping('one prefix is not exported', 'partials/export-extra.hbs', (prefix) => [
    '{{! what leaves no line }}',
    `\tif net = ${prefix} then reject;`,
  ]),
  stopping('a channel exports nothing', 'partials/channel-extra.hbs', () => ['\t\texport none;']),
  emptied,
  commentedOut,
  noPools,
];
