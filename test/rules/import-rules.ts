/**
 * Who may import what inside `src/`, as data. A room is a folder of `src/`, or a file that lies directly in it. Types
 * cost nothing at run time and tie nothing together, so they may come from more places than values.
 */
export interface RoomRule {
  /** Rooms, or single files, whose values and types may be imported. */
  readonly values: readonly string[];
  /** Rooms, or single files, of which only types may be imported. */
  readonly types: readonly string[];
}

/** The line that data walks: a stage knows the types of the stages before it, and nothing of those behind it. */
export const STAGES = ['pods', 'allocation', 'wiring', 'advertise', 'routes', 'bird', 'report'] as const;

/** What every room may use. */
const FOR_ALL: RoomRule = {
  values: ['model', 'errors.ts', 'files', 'async', 'bird-control/running.ts'],
  types: ['config/types.ts', 'kernel/ports.ts', 'bird-control/types.ts', 'log.ts'],
};

/** Values that may be imported although only the types of their file may: one has to recognise these errors. */
export const ERROR_CLASSES: readonly string[] = ['KernelError', 'BirdError'];

/** Composition roots build everything, so they may import everything. */
export const COMPOSITION_ROOTS: readonly string[] = ['flockd.ts', 'flockctl.ts', 'cli', 'daemon'];

/** What even a composition root may not import: flockctl runs without anything of the daemon. */
export const FORBIDDEN: ReadonlyMap<string, readonly string[]> = new Map([['cli', ['daemon', 'engine']]]);

function rule(values: readonly string[] = [], types: readonly string[] = []): RoomRule {
  return { values: [...FOR_ALL.values, ...values], types: [...FOR_ALL.types, ...types] };
}

/** What stages may use beyond that: BIRD's language is no stage, but several stages read it. */
const stageRules = STAGES.map(
  (stage, position) =>
    [stage, rule(stage === 'bird' || stage === 'report' ? ['bird-language'] : [], STAGES.slice(0, position))] as const,
);

/** The rule of each room; its own files are always allowed. A room that is missing here may not exist. */
export const ROOM_RULES: ReadonlyMap<string, RoomRule> = new Map<string, RoomRule>([
  ...stageRules,
  // The last stage makes the values that the socket serves.
  ['report', rule(['bird-language'], [...STAGES.slice(0, -1), 'api/types.ts'])],
  ['model', { values: [], types: [] }],
  ['errors.ts', { values: [], types: [] }],
  ['log.ts', { values: ['log-output', 'model'], types: [] }],
  ['log-output', { values: [], types: [] }],
  ['version.ts', { values: [], types: [] }],
  ['sd-notify.ts', { values: ['model'], types: [] }],
  ['async', { values: [], types: [] }],
  ['files', rule()],
  ['config', rule()],
  // The last words before an abort must not wait for a reader either.
  ['kernel', rule(['log-output'])],
  ['bird-control', rule()],
  ['bird-language', rule()],
  ['cni', rule([], STAGES)],
  ['engine', rule([...STAGES, 'cni'])],
  ['api', rule(['cni'], [...STAGES, 'engine'])],
]);

/**
 * The folders inside a room in the order in which they build on each other; `.` is the room's own files. A folder takes
 * values from those before it only. Types may come from all of them. What is not listed is free.
 */
export const INNER_ORDER: ReadonlyMap<string, readonly string[]> = new Map([
  ['bird-language', ['text', 'meaning', 'compare']],
  ['pods', ['.', 'probes', 'directory']],
  ['bird', ['.', 'view', 'templates', 'render', 'judge', 'measure', 'publish']],
  ['engine', ['history', 'watch', 'pass', 'start', 'requests', '.']],
]);

/**
 * Packages and the rooms that may import them, so that each has one place where its quirks are known. A package that is
 * missing here may not be imported.
 */
export const PACKAGE_RULES: ReadonlyMap<string, readonly string[]> = new Map([
  ['netlink', ['kernel']],
  ['koffi', ['kernel', 'files', 'sd-notify.ts', 'log-output']],
  ['diff', ['report']],
  ['handlebars', ['bird']],
  ['ipaddr.js', ['model']],
  ['zod', ['config', 'pods', 'cni', 'allocation', 'api']],
  ['yaml', ['files']],
  ['pino', ['log.ts']],
  ['commander', ['flockd.ts', 'flockctl.ts', 'cli']],
  ['prom-client', ['report']],
  ['@kubernetes/client-node', ['pods']],
]);
