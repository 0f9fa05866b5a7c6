/** What opens a store, as its user gives it: types alone, since they are published. */

import type { KeyWrap, WrapAlgorithm } from "@keyrail/core";

/** Cost of Argon2id. */
export interface Argon2idParameters {
  /** KiB of memory, 8 per lane at least; 19,456 (19 MiB) or more is advised. */
  readonly memory: number;
  /** Passes over the memory, at least 1. */
  readonly passes: number;
  /** Lanes, at least 1. */
  readonly parallelism: number;
}

/** What opens a store. */
export type KeyEncryptionKey =
  | {
      /**
       * UTF-8 bytes of the passphrase, at least one. Given as bytes, they are copied at the call and the caller wipes its
       * own; given as a function, it is asked once, and its result is wiped here. Stretched with Argon2id.
       */
      readonly passphrase: Uint8Array | (() => Promise<Uint8Array>);
      /** Cost of the passphrase for a store that is made or rewrapped now; opening uses what the store says. */
      readonly argon2id?: Argon2idParameters;
    }
  | {
      /** 32 uniformly random bytes; copied at the call, the caller wipes its own. */
      readonly bytes: Uint8Array;
    }
  | {
      /** Another provider's port: the data key is wrapped by a key that it holds. */
      readonly keyWrap: KeyWrap;
      /** Key URI or id of the wrapping key. */
      readonly key: string;
      readonly algorithm: WrapAlgorithm;
    };
