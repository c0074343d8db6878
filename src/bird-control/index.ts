/** `flockd/bird-control`: a typed client of BIRD's control socket. See README.md in this folder. */
export { BirdClient, type BirdClientOptions } from './client.ts';
export type { ConfigureOptions } from './commands.ts';
export { POKE_SCHEDULE_MS, pokeAfterConfigure } from './poke.ts';
export { MAX_COMMAND_BYTES } from './quote.ts';
export {
  type BirdControl,
  BirdError,
  type BirdErrorKind,
  type BirdFileError,
  type BirdRoute,
  type BirdStatus,
  type ConfigureOutcome,
  type ConfigureStatus,
  type ProtocolChannel,
  type ProtocolStatus,
  type RouteQuery,
} from './types.ts';
