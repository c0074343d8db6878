import type { StatusJson } from '../api/types.ts';

/** What metrics are made from. */
interface MetricFacts {
  readonly status: StatusJson;
  /** How many attachments were released since the start because nothing was left of them. */
  readonly released: number;
}

/** One value of a metric; of several with the same labels the sum counts. */
interface MetricValue {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric: its description for Prometheus, and how its values follow from the current state. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly kind: 'gauge' | 'counter';
  readonly labels: readonly string[];
  readonly values: (facts: MetricFacts) => readonly MetricValue[];
}

/** Every metric, in the order in which it is printed. docs/operations.md has a table of them. */
export const METRICS: readonly Metric[] = [
  {
    name: 'flockd_pods',
    help: 'attachments, by readiness',
    kind: 'gauge',
    labels: ['ready'],
    values: ({ status: { pods } }) => [
      { labels: { ready: 'true' }, value: pods.ready },
      { labels: { ready: 'false' }, value: pods.total - pods.ready },
    ],
  },
  {
    name: 'flockd_addresses',
    help: 'claimed addresses, by state',
    kind: 'gauge',
    labels: ['state'],
    values: ({ status: { addresses } }) => [
      { labels: { state: 'advertised' }, value: addresses.advertised },
      { labels: { state: 'withheld' }, value: addresses.withheld },
    ],
  },
  {
    name: 'flockd_bird_connected',
    help: '1 while BIRD answers on its control socket',
    kind: 'gauge',
    labels: [],
    values: ({ status }) => [{ value: status.bird.connected ? 1 : 0 }],
  },
  {
    name: 'flockd_peer_established',
    help: '1 while the BGP session is established',
    kind: 'gauge',
    labels: ['peer'],
    values: ({ status }) =>
      status.bird.peers.map(({ name, state }) => ({ labels: { peer: name }, value: state === 'Established' ? 1 : 0 })),
  },
  {
    name: 'flockd_last_publish_ok',
    help: '1 when BIRD accepted the last publish',
    kind: 'gauge',
    labels: [],
    values: ({ status }) => [{ value: status.bird.lastPublish?.ok === true ? 1 : 0 }],
  },
  {
    name: 'flockd_problems',
    help: 'what flockctl status lists as wrong',
    kind: 'gauge',
    labels: ['code'],
    values: ({ status }) => status.problems.map(({ code }) => ({ labels: { code }, value: 1 })),
  },
  {
    name: 'flockd_attachments_released_total',
    help: 'attachments released because neither interface nor sandbox was left',
    kind: 'counter',
    labels: [],
    values: ({ released }) => [{ value: released }],
  },
];
