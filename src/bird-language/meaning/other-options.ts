import type { Value } from './values.ts';

/** An option that restarts its protocol, with its value when it is not given. */
type Restarting = readonly [words: string, initial: Value, form: 'switch' | 'value' | 'list' | 'table'];

/**
 * Options that restart a protocol. Everything else in these protocols is changed while they run: `static_reconfigure`
 * in `proto/static/static.c`, `krt_reconfigure` and `krt_sys_reconfigure` in `sysdep/`, `kif_reconfigure` in
 * `sysdep/unix/krt.c`, `bfd_reconfigure` in `proto/bfd/bfd.c`, `dev_reconfigure` in `nest/rt-dev.c`, `pipe_reconfigure`
 * in `proto/pipe/pipe.c`. In other kinds of protocols any difference counts.
 */
export const RESTARTING: ReadonlyMap<string, readonly Restarting[]> = new Map<string, readonly Restarting[]>([
  ['static', [['igp table', '', 'table']]],
  [
    'kernel',
    [
      ['scan time', '60', 'value'],
      ['learn', 'off', 'switch'],
      ['kernel table', '254', 'value'],
      ['metric', '32', 'value'],
      // Whether paths are merged; how many, after the word `limit`, is changed on the fly.
      ['merge paths', 'off', 'switch'],
    ],
  ],
  ['device', []],
  [
    'bfd',
    [
      ['accept', '', 'value'],
      ['strict bind', 'off', 'switch'],
      // Since 2.16.
      ['zero udp6 checksum rx', 'off', 'switch'],
    ],
  ],
  [
    'direct',
    [
      ['interface', '', 'list'],
      ['check link', 'off', 'switch'],
    ],
  ],
  [
    'pipe',
    [
      ['peer table', '', 'table'],
      ['table', '', 'table'],
    ],
  ],
]);

/**
 * Protocols that import their routes only once, so that a changed import policy or preference restarts them (no
 * `reload_routes`).
 */
export const NOT_RELOADABLE = new Set(['direct', 'babel', 'radv', 'rpki']);
