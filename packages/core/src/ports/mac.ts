import type { MacAlgorithm } from "../vocabulary.ts";
import type { CallOptions } from "./call-options.ts";

/** What `mac` takes. */
export interface MacRequest {
  readonly key: string;
  readonly algorithm: MacAlgorithm;
  readonly message: Uint8Array;
}

/** What `verifyMac` takes. */
export interface VerifyMacRequest extends MacRequest {
  /** The whole tag, or its leftmost bytes (at least 16, RFC 2104 section 5 and NIST SP 800-224). */
  readonly tag: Uint8Array;
}

/** Authenticates messages with a secret key. */
export interface Mac {
  /** The whole tag: 32, 48 or 64 bytes. */
  mac(request: MacRequest, options?: CallOptions): Promise<Uint8Array>;
  /** True when the tag is right; compared in constant time. */
  verifyMac(request: VerifyMacRequest, options?: CallOptions): Promise<boolean>;
}
