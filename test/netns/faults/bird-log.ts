import { mkdir, writeFile } from 'node:fs/promises';
import { eventually } from '../../lab/lab.ts';
import type { FlockNode } from '../../lab/node.ts';

/** A line of BIRD's log. */
export interface BirdLogLine {
  /** Milliseconds since 1970, on the clock of {@link wallClock}. */
  readonly at: number;
  readonly text: string;
}

// BIRD's default time format of the log: local time with milliseconds. BIRD 3 has its name before, and its thread behind.
const STAMPED = /^(?:bird: )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) (?:\[\w+\] )?<[A-Z]+> (.*)$/;

/** The lines of BIRD's standard error that carry a time. */
export function parseBirdLog(text: string): BirdLogLine[] {
  const stamped = text.split('\n').map((line) => STAMPED.exec(line));
  return stamped.flatMap((parts) => (parts === null ? [] : [{ at: Date.parse(parts[1] ?? ''), text: parts[2] ?? '' }]));
}

/** The commands of clients in a log, in BIRD's order (`debug commands 2`, section 3.2 of BIRD's manual). */
export function commandsIn(lines: readonly BirdLogLine[]): string[] {
  return lines.flatMap(({ text }) => /^CLI: (.*)$/.exec(text)?.slice(1) ?? []);
}

/** Has a node's BIRD write every command of its clients and every change of a session to its standard error. */
export async function logCommands(node: FlockNode): Promise<void> {
  const partial = (name: string): string => node.path('templates', 'partials', name);
  await mkdir(node.path('templates', 'partials'), { recursive: true });
  await writeFile(partial('log.hbs'), 'log stderr all;\n');
  await writeFile(partial('global-extra.hbs'), 'debug commands 2;\ndebug protocols { states };\n');
  await eventually(async () => {
    await node.birdc('show status');
    return commandsIn(parseBirdLog(node.bird.log())).length > 0;
  }, 'BIRD logs the commands that it receives');
}
