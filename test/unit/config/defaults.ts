import type { Config } from '../../../src/config/types.ts';

/** What a configuration has that names none of these keys, as the documentation says. */
export const DEFAULTS = {
  mtu: 'auto',
  routeProtocol: 202,
  advertise: { allow: [] },
  bird: {
    socket: '/run/bird/bird.ctl',
    config: '/etc/bird/bird.conf',
    mode: 'own',
    templates: '/etc/flock/templates',
    allowSessionReset: false,
    confirmTimeout: 30,
  },
  pods: { source: 'directory', directory: '/etc/flock/pods.d' },
  state: '/var/lib/flock/allocations.json',
  socket: '/run/flock/flock.sock',
  metrics: undefined,
} as const satisfies Partial<Config>;
