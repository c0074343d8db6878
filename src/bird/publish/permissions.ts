import type { Permission } from '../types.ts';

const NONE: Permission = { reset: false, withdraw: false };

/** Permissions of a person, each for the one text that was held back when it was given, and for one try. */
export interface Permissions {
  /** @param config the text that it is for; undefined when nothing is held back. @returns whether it can serve. */
  give(permission: Permission, config: string | undefined): boolean;
  /** A publish begins: what was given since the last one serves this one, and none after it. */
  takeUp(): void;
  /** Whether this publish was asked to try the text again. */
  isFor(config: string): boolean;
  /** What this publish may do with the text. */
  of(config: string): Permission;
}

export function createPermissions(): Permissions {
  type Granted = Permission & { readonly config: string };
  let given: Granted | undefined;
  let granted: Granted | undefined;
  return {
    give(permission, config) {
      given = config === undefined ? undefined : { ...permission, config };
      return given !== undefined;
    },
    takeUp() {
      granted = given;
      given = undefined;
    },
    isFor: (config) => granted?.config === config,
    of: (config) => (granted?.config === config ? granted : NONE),
  };
}
