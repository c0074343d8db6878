import { apiGet, apiPost } from '../../../src/api/client.ts';
import { isApplyJson, isDiffJson, isStatusJson } from '../../../src/api/shape.ts';
import type { ApplyJson, DiffJson, StatusJson } from '../../../src/api/types.ts';

/** The daemon as its socket tells of it, without the cost of a process for each question. */
export class Daemon {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  status(): Promise<StatusJson> {
    return apiGet(this.#socket, '/v1/status', { accepts: isStatusJson });
  }

  /** What `flockctl render --diff` shows. */
  diff(): Promise<DiffJson> {
    return apiGet(this.#socket, '/v1/diff', { accepts: isDiffJson });
  }

  /** What `flockctl apply` does. */
  apply(permission: { reset: boolean; withdraw: boolean }): Promise<ApplyJson> {
    const { reset, withdraw } = permission;
    return apiPost(this.#socket, `/v1/apply?reset=${reset}&withdraw=${withdraw}`, { accepts: isApplyJson });
  }
}
