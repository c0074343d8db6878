import { type Action, nodeAction, type Operation } from './action.ts';
import { OTHER_BIRD_CONF, PEER } from './plan.ts';

const BIRD_AWAY = { holds: 'bird', causes: ['bird'] };

function birdc(command: string): string {
  return `birdc -s bird.ctl '${command}'`;
}

function disabled(name: string, protocol: string, causes: readonly string[]): Action {
  return nodeAction(name, birdc(`disable ${protocol}`), birdc(`enable ${protocol}`), { holds: 'bird', causes });
}

const START_BIRD: readonly Operation[] = [{ service: 'bird', verb: 'start' }];

/** With `birdc`, and with what a supervisor does to BIRD and to flockd. */
export const BIRD_ACTIONS: readonly Action[] = [
  disabled('announce4-disabled', 'flock_announce4', ['flock_announce4']),
  disabled('announce6-disabled', 'flock_announce6', ['flock_announce6']),
  disabled('summary4-disabled', 'flock_summary4', ['flock_summary4']),
  disabled('session-disabled', PEER, [PEER]),
  disabled('everything-disabled', 'all', ['flock_', PEER, 'bird']),
  nodeAction('session-restarted', birdc(`restart ${PEER}`), undefined, { holds: 'bird', causes: [PEER] }),
  nodeAction('bird-configured', birdc('configure'), undefined, { holds: 'bird' }),
  nodeAction('bird-configured-softly', birdc('configure soft'), undefined, { holds: 'bird' }),
  nodeAction(
    'bird-on-another-file',
    // BIRD looks for a name without a folder where it was started.
    `birdc -s bird.ctl "configure \\"$PWD/${OTHER_BIRD_CONF}\\""`,
    birdc('configure'),
    // flockd may say that its protocols are gone, or that the session is.
    { holds: 'bird', causes: ['bird', PEER] },
  ),
  nodeAction('bird-down', birdc('down'), START_BIRD, BIRD_AWAY),
  nodeAction('bird-killed', [{ service: 'bird', verb: 'kill' }], START_BIRD, BIRD_AWAY),
  nodeAction('bird-hangs', [{ service: 'bird', verb: 'freeze' }], [{ service: 'bird', verb: 'thaw' }], BIRD_AWAY),
  nodeAction('bird-restarted', [{ service: 'bird', verb: 'restart' }], undefined, BIRD_AWAY),
  nodeAction('flockd-killed', [{ service: 'flockd', verb: 'kill' }], [{ service: 'flockd', verb: 'start' }], {
    // One that is started on a configuration that is not valid ends, as it must.
    holds: 'flock.yaml',
    neverSeen: true,
  }),
  nodeAction('flockd-hangs', [{ service: 'flockd', verb: 'freeze' }], [{ service: 'flockd', verb: 'thaw' }], {
    holds: 'flock.yaml',
    neverSeen: true,
  }),
  nodeAction('flockd-restarted', [{ service: 'flockd', verb: 'restart' }], undefined, { holds: 'flock.yaml' }),
];
