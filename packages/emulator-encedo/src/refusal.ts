/** A refused request inside the device: it becomes a status with an empty body. */

/** Ends a handler with `status`; never leaves the emulator. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** HTTP status (or the raw code a firmware defect writes in its place). */
  readonly status: number;

  constructor(status: number) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

/** Ends the handler with `status` and an empty body. */
export function refuse(status: number): never {
  throw new Refusal(status);
}
