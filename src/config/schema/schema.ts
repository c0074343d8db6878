import { z } from 'zod';
import { IP_ALGO_RULE, parseIpAlgo } from '../../model/ip-algo.ts';
import { allowRule } from './allow-schema.ts';
import { asn, mtu, routeProtocol, whole } from './numbers.ts';
import { peer } from './peer-schema.ts';
import { named, path } from './text-keys.ts';
import {
  BIRD_FILE_PATH_BYTES,
  Refusal,
  readListen,
  readPool,
  readRouterId,
  SOCKET_PATH_BYTES,
  textAs,
} from './text-values.ts';

/** `flock.yaml` as it is written. Descriptions are the operator's documentation: the JSON Schema is made from them. */

const pools = z
  .strictObject({
    ipv6: textAs({ description: 'IPv6 prefix, /126 or shorter.', examples: ['2001:db8:1:1::/64'] }, (text) =>
      readPool(text, 6),
    ).optional(),
    ipv4: textAs(
      {
        description: 'IPv4 prefix, /30 or shorter; its first two and its last address are never given out.',
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
    ipv6: z.boolean().default(true).meta({ description: 'Pods get IPv6. Off where pools.ipv6 is not set.' }),
    ipv4: z.boolean().default(true).meta({ description: 'Pods get IPv4. Off where pools.ipv4 is not set.' }),
    ipAlgo: textAs(
      {
        description:
          'Fields that IPv6 interface ids are made of: a comma list out of namespace, app, image. Empty: random.',
      },
      (text) => (parseIpAlgo(text) === undefined ? new Refusal(IP_ALGO_RULE) : text),
    ).prefault(''),
  })
  .prefault({})
  .meta({ description: 'What a pod gets whose annotations say nothing.' });

const bgp = z
  .strictObject({
    asn: asn('AS number of this node.'),
    routerId: textAs(
      {
        description:
          'BGP identifier. Default: the first global IPv4 address of the host, remembered; with bird.mode include that of your bird.conf. A node without IPv4 must set it.',
        examples: ['10.0.0.1'],
      },
      readRouterId,
    ).optional(),
    peers: z
      .array(peer)
      .max(256, { error: 'must not have more than 256 entries' })
      .default([])
      .meta({ description: 'Routers to speak BGP with.' }),
  })
  .meta({ description: 'BGP sessions of this node.' });

const bird = z
  .strictObject({
    socket: path("BIRD's control socket.", SOCKET_PATH_BYTES).prefault('/run/bird/bird.ctl'),
    config: path('The file that BIRD is started with.', BIRD_FILE_PATH_BYTES).prefault('/etc/bird/bird.conf'),
    mode: z.enum(['own', 'include'], { error: 'must be own or include' }).default('own').meta({
      description:
        'own: flockd writes bird.config. include: bird.config is yours and includes flock.conf, which flockd writes beside it.',
    }),
    templates: path('Folder with templates that replace packaged ones of the same name.').prefault(
      '/etc/flock/templates',
    ),
    allowSessionReset: z.boolean().default(false).meta({
      description:
        'Apply a change that resets an established session. Without it such a change waits for "flockctl apply --reset".',
    }),
    confirmTimeout: whole(
      'Seconds in which the sessions must be back, and announce what they should, after a change of the configuration; else it is undone.',
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
      .meta({ description: 'Where pods are described. A change needs a restart.' }),
    directory: path('Folder with Pod manifests, for the source directory.').prefault('/etc/flock/pods.d'),
  })
  .prefault({})
  .meta({ description: 'Where pods come from.' });

/** The whole file. */
export const configSchema = z
  .strictObject({
    node: named(
      'Name of this node. Default: the host name. A change needs a restart.',
      '^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$',
      'must consist of letters, digits, ., _ and -, and begin and end with a letter or digit',
      'node1',
    ).optional(),
    pools,
    defaults,
    mtu: mtu(
      'MTU of pods: auto takes the one of the device towards the first peer, else of the default route, else 1500.',
    ).default('auto'),
    routeProtocol: routeProtocol(
      'Kernel route protocol number of every route that flockd installs. A change needs a restart.',
    ).default(202),
    advertise: z
      .strictObject({
        allow: z
          .array(allowRule)
          .default([])
          .meta({ description: 'Who may claim which address. What no rule allows is refused.' }),
      })
      .prefault({})
      .meta({ description: 'Which addresses pods may claim by annotation.' }),
    bgp,
    bird,
    pods,
    state: path('File with the allocations. A change needs a restart.').prefault('/var/lib/flock/allocations.json'),
    socket: path("The daemon's own socket. A change needs a restart.", SOCKET_PATH_BYTES).prefault(
      '/run/flock/flock.sock',
    ),
    metrics: z
      .strictObject({
        listen: textAs({ description: 'Address and port.', examples: ['127.0.0.1:9179', '[::1]:9179'] }, readListen),
      })
      .optional()
      .meta({ description: 'Prometheus metrics over HTTP. Default: no listener.' }),
  })
  .meta({ title: 'flockd configuration', description: 'flock.yaml, the configuration of flockd.' });

/** The file after parsing, before the rules between keys and the defaults that depend on other keys. */
export type ParsedConfig = z.output<typeof configSchema>;
