import type { ChangeJson, DiffJson, PreviewJson } from '../api/types.ts';
import { printable, printableLines } from '../model/printable.ts';
import { alignColumns } from './tables.ts';

/** A difference in readable form: the unified diffs, then their effects. */
export function formatDiff(diff: DiffJson): string {
  const patches = diff.files.map(({ diff: patch }) => printableLines(patch)).filter((patch) => patch !== '');
  const change = diff.change === null ? [] : [changeText(diff.change)];
  return [...patches, ...change, formatOutcome(diff)].join('\n');
}

/** The effects of a difference, without the difference itself. */
export function formatOutcome({ files, keptForeign, preview }: DiffJson): string {
  const changed = files.filter(({ diff }) => diff !== '').map(({ path }) => path);
  const kept = keptForeign === null ? '' : foreignText(files[0]?.path ?? '', keptForeign);
  const sections = sectionsOf(preview);
  if (sections.length > 0) return `${kept}${sections.map(sectionText).join('')}`;
  if (changed.length === 0) return 'nothing changes\n';
  const verb = changed.length === 1 ? 'changes' : 'change';
  return `${kept}${changed.join(' and ')} ${verb}, but no session, channel, protocol or announcement\n`;
}

/**
 * Why a preview does not know which sessions are established; empty when it knows, or when that does not matter.
 * @param why the error of the query to BIRD; empty when it has answered.
 */
export function unknownStates({ resets, ends }: PreviewJson, why: string): string {
  const matters = [...resets, ...ends].some(({ established }) => established === null);
  return matters && why !== '' ? `\nit is not known which sessions are established: ${printable(why)}\n` : '';
}

function changeText({ state, since, message }: ChangeJson): string {
  const states = {
    verifying: 'in force on trial since',
    waits: 'waits since',
    refused: 'refused at',
    undone: 'undone at',
  };
  return `change ${states[state]} ${since}: ${printable(message)}\n`;
}

function foreignText(path: string, kept: string): string {
  return `${path} is not flockd's; it would be kept as ${kept}\n`;
}

/** Lines under a heading, as cells. */
interface Section {
  readonly heading: string;
  readonly rows: readonly (readonly string[])[];
}

/** Those with content, the most harmful first. */
function sectionsOf(preview: PreviewJson): Section[] {
  const refeeds = (direction: 'export' | 'import') =>
    preview.refeeds
      .filter((refeed) => refeed.direction === direction)
      .map(({ session, channel, reasons }) => [`${session}.${channel}`, direction, reasons.join(', ')]);
  const sections = [
    { heading: 'sessions', rows: sessionRows(preview) },
    { heading: 'channels sent again', rows: refeeds('export') },
    { heading: 'channels requested again', rows: refeeds('import') },
    {
      heading: 'other protocols',
      rows: preview.protocols.map(({ protocol, type, change, reasons }) => [
        ...[protocol, type, change, reasons.join(', ')],
      ]),
    },
    {
      heading: 'announcements',
      rows: [...preview.announced.map((net) => [`+ ${net}`]), ...preview.withdrawn.map((net) => [`- ${net}`])],
    },
  ];
  return sections.filter(({ rows }) => rows.length > 0);
}

function sessionRows({ resets, begins, ends }: PreviewJson): string[][] {
  return [
    ...resets.map(({ session, neighbor, established, reasons }) => {
      const cost = { yes: 'established now: needs "flockctl apply --reset" or bird.allowSessionReset', ...NOT };
      return [session, neighbor, 'reset', reasons.join(', '), cost[word(established)]];
    }),
    ...ends.map(({ session, neighbor, established }) => {
      return [session, neighbor, 'ends', '', { yes: 'established now', ...NOT }[word(established)]];
    }),
    ...begins.map(({ session, neighbor }) => [session, neighbor, 'begins']),
  ];
}

/** The words for a session that is not known to be up. */
const NOT = { no: 'not established now', unknown: 'not known whether it is established' };

function word(established: boolean | null): 'yes' | 'no' | 'unknown' {
  if (established === null) return 'unknown';
  return established ? 'yes' : 'no';
}

function sectionText({ heading, rows }: Section): string {
  return [heading, ...alignColumns(rows).map((line) => `  ${line}`), ''].join('\n');
}
