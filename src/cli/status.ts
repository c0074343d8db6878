import type { Command } from 'commander';
import { apiGet } from '../api/client.ts';
import { isStatusJson } from '../api/shape.ts';
import type { ProblemJson, PublishJson, StatusJson } from '../api/types.ts';
import { printable } from '../model/printable.ts';
import { type CliContext, type CommonOptions, printJson, withCommonOptions } from './context.ts';
import { age, formatTable } from './tables.ts';

/** `flockctl status` */
export function registerStatus(program: Command, context: CliContext): void {
  withCommonOptions(program.command('status'))
    .description('show the node, BIRD and its peers, counts of pods and addresses, and current problems')
    .action(async (options: CommonOptions) => {
      const status = await apiGet(options.socket, '/v1/status', { accepts: isStatusJson });
      if (options.json) printJson(context, status);
      else context.out(formatStatus(status, context.now()));
    });
}

/** The status in readable form. */
export function formatStatus(status: StatusJson, now: Date): string {
  const { bird, pods, addresses } = status;
  const birdLine = bird.connected ? `BIRD ${bird.version ?? ''}` : `not connected (${bird.socket})`;
  const publish = bird.lastPublish;
  const published =
    publish === null
      ? 'nothing yet'
      : `${age(publish.at, now)} ago, ${publish.ok ? 'accepted' : failure(publish, status.problems)}`;
  const facts = [
    ['node', status.node],
    ['flockd', `${status.version}, up for ${age(status.startedAt, now)}`],
    ['bird', birdLine],
    ['last publish', published],
    ...(bird.change === null ? [] : [['change', `${bird.change.state}, ${age(bird.change.since, now)}`]]),
    ['pods', `${pods.total}, ${pods.ready} ready`],
    ['addresses', `${addresses.advertised} advertised, ${addresses.withheld} withheld`],
  ];
  const width = Math.max(...facts.map(([key = '']) => key.length));
  const lines = facts.map(([key = '', value = '']) => `${key.padEnd(width)}  ${printable(value)}`);
  const peers = bird.peers.map((peer) => [
    peer.name,
    peer.state || 'unknown',
    peer.since === null ? '' : age(peer.since, now),
  ]);
  const problems = status.problems.map(({ code, message }) => `  ${code}: ${indented(message)}`);
  return [
    ...lines,
    '',
    formatTable(['PEER', 'STATE', 'SINCE'], peers).trimEnd(),
    '',
    problems.length === 0 ? 'nothing is wrong' : ['problems', ...problems].join('\n'),
    '',
  ].join('\n');
}

/** Why a publish failed; the sentence is left to the list of problems if it is there. */
function failure({ code, message }: PublishJson, problems: readonly ProblemJson[]): string {
  return problems.some((problem) => problem.message === message) ? code : `${code}: ${message}`;
}

/** A message of several lines, such as that of a configuration with several errors, indented under its first line. */
function indented(message: string): string {
  return message.split('\n').map(printable).join('\n    ');
}
