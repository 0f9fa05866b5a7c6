/** Options of the emulator. */

import { KeyrailError } from "@keyrail/core";
import { z } from "zod";

import type { EmulatorClock } from "./clock.ts";
import type { SettableConfig } from "./device/config.ts";
import type { DeviceModel } from "./device/device.ts";
import type { KeyMode } from "./keymgmt/key-record.ts";
import type { DeviceKeyType } from "./keymgmt/key-types.ts";
import { QUIRK_NAMES, type Quirks } from "./quirks.ts";

/** A key put into the repository without going over the wire. */
export interface FixtureKey {
  readonly type: DeviceKeyType;
  /** 1 to 32 printable ASCII characters. */
  readonly label: string;
  /** As in `keymgmt/create`: omitted means ECDH only for the Weierstrass curves. */
  readonly mode?: KeyMode;
  /** At most 64 bytes. */
  readonly description?: Uint8Array;
  /**
   * Scalar, seed or symmetric key bytes; fresh when absent. Not for the post-quantum types.
   */
  readonly secretKey?: Uint8Array;
}

/** What a device is born with. Key material is for tests: it makes published vectors reproducible. */
export interface EncedoFixtures {
  /** 32-byte X25519 private key behind `eid`. */
  readonly identityPrivateKey?: Uint8Array;
  /** 32-byte X25519 private key behind `spk`, the same in every boot. */
  readonly sessionPrivateKey?: Uint8Array;
  /** 32-byte Ed25519 seed behind `eid_sign`. */
  readonly signingPrivateKey?: Uint8Array;
  /** Passphrase of role U; a random one when absent. */
  readonly userPassphrase?: string;
  /** Passphrase of role M; a random one when absent. */
  readonly masterPassphrase?: string;
  /** 32-byte public key of role U, in place of deriving it from the passphrase (600,000 iterations). */
  readonly userPublicKey?: Uint8Array;
  /** 32-byte public key of role M, in place of deriving it from the passphrase. */
  readonly masterPublicKey?: Uint8Array;
  /** Configuration that differs from the factory's. */
  readonly config?: Partial<SettableConfig>;
  /** Keys the repository starts with. */
  readonly keys?: readonly FixtureKey[];
}

/** Options of `startEncedoEmulator`; every one has a default. */
export interface EncedoEmulatorOptions {
  /** HTTPS port of the device; 0, the default, takes a free one. */
  readonly port?: number;
  /** Plain HTTP port of the device; 0, the default, takes a free one. */
  readonly httpPort?: number;
  /** HTTPS port of broker and check-in service; 0, the default, takes a free one. */
  readonly servicesPort?: number;
  /** Plain HTTP port of the control endpoint; 0, the default, takes a free one. */
  readonly controlPort?: number;
  /** `PPA` (USB key, the default) or `EPA` (rack module without mass storage). */
  readonly model?: DeviceModel;
  /** Outside time; the system's when absent. */
  readonly clock?: EmulatorClock;
  /** Real milliseconds per millisecond the device waits: 1, the default, is real time, 0 never waits. */
  readonly timeScale?: number;
  /** Oddities of the hardware to switch off (or on); all are on. */
  readonly quirks?: Partial<Quirks>;
  /** File the state lives in. Read at the start when it exists, written after each change. In memory without. */
  readonly stateFile?: string;
  /** Keys the device holds at most; 3000. */
  readonly capacity?: number;
  /** False starts a factory-new device. */
  readonly initialised?: boolean;
  /** False starts with an unset clock, as after a power loss: logins are 403 until a check-in. */
  readonly clockSet?: boolean;
  /** What the device is born with. */
  readonly fixtures?: EncedoFixtures;
  /** Source of the device's nonces and session secrets; `node:crypto` when absent. Keys never come from it. */
  readonly random?: (length: number) => Uint8Array;
}

const port = z.int().min(0).max(65_535).optional();
const key = z
  .instanceof(Uint8Array)
  .refine((bytes) => bytes.length === 32, "32 bytes")
  .optional();

const Shape = z.looseObject({
  port,
  httpPort: port,
  servicesPort: port,
  controlPort: port,
  model: z.enum(["PPA", "EPA"]).optional(),
  timeScale: z.number().min(0).max(1000).optional(),
  capacity: z.int().min(1).max(1_000_000).optional(),
  quirks: z.partialRecord(z.enum(QUIRK_NAMES), z.boolean()).optional(),
  fixtures: z
    .looseObject({
      identityPrivateKey: key,
      sessionPrivateKey: key,
      signingPrivateKey: key,
      userPublicKey: key,
      masterPublicKey: key,
    })
    .optional(),
});

/** Throws `InvalidConfiguration`, naming the option, when an option is not what it should be. */
export function checkOptions(options: EncedoEmulatorOptions): void {
  const parsed = Shape.safeParse(options);
  if (parsed.success) return;
  const path = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new KeyrailError("InvalidConfiguration", `Option of the Encedo emulator: ${z.prettifyError(parsed.error)}`, {
    path,
  });
}
