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
export const STAGES = ['pods', 'allocation', 'wiring', 'advertise', 'routes', 'bird', 'status'] as const;

/** What every room may use. */
const FOR_ALL: RoomRule = {
  values: ['model', 'errors.ts', 'files'],
  types: ['config/types.ts', 'kernel/ports.ts', 'bird-control/types.ts', 'log.ts'],
};

/** Values that may be imported although only the types of their file may: one has to recognise these errors. */
export const ERROR_CLASSES: readonly string[] = ['KernelError', 'BirdError'];

/** Composition roots build everything, so they may import everything. */
export const COMPOSITION_ROOTS: readonly string[] = ['flockd.ts', 'flockctl.ts', 'cli', 'daemon'];

function rule(values: readonly string[] = [], types: readonly string[] = []): RoomRule {
  return { values: [...FOR_ALL.values, ...values], types: [...FOR_ALL.types, ...types] };
}

const stageRules = STAGES.map((stage, position) => [stage, rule([], STAGES.slice(0, position))] as const);

/** The rule of each room; its own files are always allowed. A room that is missing here may not exist. */
export const ROOM_RULES: ReadonlyMap<string, RoomRule> = new Map<string, RoomRule>([
  ...stageRules,
  // The last stage makes the values that the socket serves.
  ['status', rule([], [...STAGES.slice(0, -1), 'api/types.ts'])],
  ['model', { values: [], types: [] }],
  ['errors.ts', { values: [], types: [] }],
  ['log.ts', { values: ['log-output'], types: [] }],
  ['log-output', { values: [], types: [] }],
  ['version.ts', { values: [], types: [] }],
  ['sd-notify.ts', { values: [], types: [] }],
  ['files', rule()],
  ['config', rule()],
  // The last words before an abort must not wait for a reader either.
  ['kernel', rule(['log-output'])],
  ['bird-control', rule()],
  ['cni', rule([], STAGES)],
  ['engine', rule([...STAGES, 'cni'])],
  ['api', rule(['cni'], [...STAGES, 'engine'])],
]);

/**
 * Folders of a room and the other folders of it that they may import, values and types. Files that lie directly in the
 * room are for all of them. A folder that is missing here may import every other one.
 */
export const FOLDER_RULES: ReadonlyMap<string, readonly string[]> = new Map([
  ['bird/files', []],
  ['bird/judge', ['bird/files', 'bird/preview', 'bird/templates']],
  ['bird/measure', ['bird/files', 'bird/preview']],
]);

/**
 * Files and folders that are pure: neither they nor what they import as a value may import a package or a part of Node
 * other than these, which only calculate.
 */
export const PURE: readonly string[] = ['bird/publish/machine.ts', 'bird/publish/machine/'];
export const CALCULATING: readonly string[] = ['node:path', 'node:util', 'ipaddr.js'];

/**
 * Packages and the rooms that may import them, so that each has one place where its quirks are known. A package that is
 * missing here may not be imported.
 */
export const PACKAGE_RULES: ReadonlyMap<string, readonly string[]> = new Map([
  ['netlink', ['kernel']],
  ['koffi', ['kernel', 'files', 'sd-notify.ts', 'log-output']],
  ['diff', ['daemon']],
  ['handlebars', ['bird']],
  ['ipaddr.js', ['model']],
  ['zod', ['config', 'pods', 'cni', 'allocation', 'api']],
  ['yaml', ['files']],
  ['pino', ['log.ts']],
  ['commander', ['flockd.ts', 'flockctl.ts', 'cli']],
  ['prom-client', ['status']],
  ['@kubernetes/client-node', ['pods']],
]);
