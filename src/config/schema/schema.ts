import { z } from 'zod';
import { IP_ALGO_RULE, parseIpAlgo } from '../../model/ip-algo.ts';
import { allowRule } from './allow-schema.ts';
import { asn, mtu, routeProtocol, whole } from './numbers.ts';
import { peer } from './peer-schema.ts';
import { named, path, socketPath } from './text-keys.ts';
import { BIRD_FILE_PATH_BYTES, Refusal, readListen, readPool, readRouterId, textAs } from './text-values.ts';

/**
 * `flock.yaml` as it is written. Descriptions are the operator's documentation: the JSON Schema and the table of
 * `docs/configuration.md` are made from them (`packaging/config-reference.ts` says how they are read; `npm run docs`).
 */

const pools = z
  .strictObject({
    ipv6: textAs(
      {
        description:
          'IPv6 prefix, /126 or shorter. `::` and `::1` of it are never given out. Default: none, and pods have no IPv6.',
        examples: ['2001:db8:1:1::/64'],
      },
      (text) => readPool(text, 6),
    ).optional(),
    ipv4: textAs(
      {
        description:
          'IPv4 prefix, /30 or shorter. The network, `.1` and the broadcast address are never given out. Default: none, and pods have no IPv4.',
        examples: ['10.1.1.0/24'],
      },
      (text) => readPool(text, 4),
    ).optional(),
  })
  .refine(({ ipv4, ipv6 }) => ipv4 !== undefined || ipv6 !== undefined, {
    error: 'must have at least one of ipv6, ipv4',
  })
  .meta({
    description: 'Where pod addresses come from; each pool is announced as one summary. At least one.',
    minProperties: 1,
  });

const defaults = z
  .strictObject({
    ipv6: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether a pod gets IPv6 whose annotations do not say. Off without `pools.ipv6`.' }),
    ipv4: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether a pod gets IPv4 whose annotations do not say. Off without `pools.ipv4`.' }),
    ipAlgo: textAs(
      {
        description:
          'Fields that IPv6 interface ids are made of, for pods without the annotation `ip-algo`: a comma list out of `namespace`, `app`, `image`. Empty: random ids. See docs/pods.md#annotations.',
      },
      (text) => (parseIpAlgo(text) === undefined ? new Refusal(IP_ALGO_RULE) : text),
    ).prefault(''),
  })
  .prefault({})
  .meta({ description: 'What a pod gets whose annotations say nothing.' });

const bgp = z
  .strictObject({
    asn: asn('AS number of this node: not 23456 or 65535, which are reserved.'),
    routerId: textAs(
      {
        description:
          'BGP identifier. A node without IPv4 must set it. With `bird.mode: include` the one in your `bird.conf` counts, and this key, where it is set, for the sessions of flockd alone. Default: the first global IPv4 address of the lowest interface index, not of `lo` and not of a pod; it is remembered, so that a new address never resets sessions.',
        examples: ['10.0.0.1'],
      },
      readRouterId,
    ).optional(),
    peers: z
      .array(peer)
      .max(256, { error: 'must not have more than 256 entries' })
      .default([])
      .meta({ description: 'Routers to speak BGP with. Default: none.' }),
  })
  .meta({ description: 'BGP sessions of this node.' });

const bird = z
  .strictObject({
    socket: socketPath("BIRD's control socket").prefault('/run/bird/bird.ctl'),
    config: path(
      `The file that BIRD is started with, ${BIRD_FILE_PATH_BYTES} bytes at most. With \`bird.mode: own\` flockd writes it.`,
      BIRD_FILE_PATH_BYTES,
    ).prefault('/etc/bird/bird.conf'),
    mode: z.enum(['own', 'include'], { error: 'must be own or include' }).default('own').meta({
      description:
        '`own`: flockd writes `bird.config`. `include`: that file is yours and includes `flock.conf`, which flockd writes beside it; see docs/bird.md#living-with-an-existing-birdconf.',
    }),
    templates: path(
      'Folder with your templates, which replace packaged ones of the same name; see docs/bird.md#templates.',
    ).prefault('/etc/flock/templates'),
    allowSessionReset: z.boolean().default(false).meta({
      description:
        'Whether a change may reset sessions that are up. Else it waits for `flockctl apply --reset`; see docs/bird.md#how-bird-is-driven.',
    }),
    confirmTimeout: whole(
      'Seconds in which all sessions must be back, and announce what they did, after a change of the configuration; else it is undone.',
      5,
      300,
    ).default(30),
  })
  .prefault({})
  .meta({ description: 'How BIRD is reached.' });

const pods = z
  .strictObject({
    source: z
      .enum(['directory', 'kubernetes'], { error: 'must be directory or kubernetes' })
      .default('directory')
      .meta({ description: 'Where pods are described. `kubernetes` is not built yet. A change needs a restart.' }),
    directory: path('Folder of pod manifests, for the source `directory`; see docs/pods.md#pods.').prefault(
      '/etc/flock/pods.d',
    ),
  })
  .prefault({})
  .meta({ description: 'Where pods come from.' });

/** The whole file. */
export const configSchema = z
  .strictObject({
    node: named(
      'Name of this node: letters, digits, `.`, `_`, `-`, 253 characters at most. A change needs a restart. Default: the host name.',
      '^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$',
      'must consist of letters, digits, ., _ and -, and begin and end with a letter or digit',
      'node1',
    ).optional(),
    pools,
    defaults,
    mtu: mtu(
      'MTU of new pods in bytes. `auto`: of the device towards the first peer that has a route, else of the default route, else 1500; of several next hops the smallest. Below 1280 only pods without IPv6 can be added.',
    ).default('auto'),
    routeProtocol: routeProtocol(
      "Kernel route protocol number of every route that flockd installs. It must be flockd's alone: by it a restarted flockd knows its own. A restart with another number hands all routes over to it. Numbers of known programs are refused. A change needs a restart.",
    ).default(202),
    advertise: z
      .strictObject({
        allow: z
          .array(allowRule)
          .default([])
          .meta({ description: 'Who may claim which address. What no rule allows is refused. Default: none.' }),
      })
      .prefault({})
      .meta({ description: 'Which addresses pods may claim by annotation.' }),
    bgp,
    bird,
    pods,
    state: path('The allocations file. A change needs a restart.').prefault('/var/lib/flock/allocations.json'),
    socket: socketPath(
      "flockd's own socket",
      ' The CNI network configuration names the same. A change needs a restart.',
    ).prefault('/run/flock/flock.sock'),
    metrics: z
      .strictObject({
        listen: textAs(
          {
            description: 'Address and port for Prometheus. Default: no listener.',
            examples: ['127.0.0.1:9179', '[::1]:9179'],
          },
          readListen,
        ),
      })
      .optional()
      .meta({ description: 'Prometheus metrics over HTTP. Default: no listener.' }),
  })
  .meta({ title: 'flockd configuration', description: 'flock.yaml, the configuration of flockd.' });

/** The file after parsing, before the rules between keys and the defaults that depend on other keys. */
export type ParsedConfig = z.output<typeof configSchema>;
