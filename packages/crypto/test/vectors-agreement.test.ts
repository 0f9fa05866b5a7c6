import { describe, expect, test } from "vitest";
import { isKeyrailError, PRIVATE_KEY_BYTES } from "@keyrail/core";
import { agree, type EngineName, openPrivateKey, openPublicKey } from "../src/index.ts";
import { hex, withVectors, wycheproof, type WycheproofCase } from "./vector-files.ts";

type AgreementType = "P-256" | "P-384" | "P-521" | "secp256k1" | "X25519" | "X448";

const SECP256K1_SPKI = "3056301006072a8648ce3d020106052b8104000a034200";

/** The shared secret as hex, or "refused". */
function outcome(keyType: AgreementType, engine: EngineName, fields: WycheproofCase): string {
  const format = keyType.startsWith("X") ? "seed" : "scalar";
  const length = PRIVATE_KEY_BYTES[keyType][format] ?? 0;
  const integer = String(fields["private"]);
  // EC private keys are DER integers of any length; the raw form has the length of the field.
  const privateKey = format === "seed" ? integer : integer.padStart(2 * length, "0").slice(-2 * length);
  let peer = String(fields["public"]);
  if (keyType === "secp256k1") {
    // Only named-curve SPKI of an uncompressed point is read here; the encodings do the same.
    if (!peer.startsWith(SECP256K1_SPKI)) return "refused";
    peer = peer.slice(SECP256K1_SPKI.length);
  }
  try {
    const own = openPrivateKey({ keyType, format, bytes: hex(privateKey) }, { engine });
    return Buffer.from(agree(own, openPublicKey(keyType, hex(peer), { engine }))).toString("hex");
  } catch (error) {
    if (isKeyrailError(error, "InvalidKeyMaterial")) return "refused";
    throw error;
  }
}

const SLOW_ON_NOBLE: ReadonlySet<AgreementType> = new Set(["P-384", "P-521"]);

function everyNth<T>(step: number, items: readonly T[]): readonly T[] {
  return items.filter((_, index) => index % step === 0);
}

interface AgreementFile {
  readonly file: string;
  readonly keyType: AgreementType;
  readonly engines: readonly EngineName[];
}

const BOTH: readonly EngineName[] = ["node", "noble"];
const FILES: readonly AgreementFile[] = [
  { file: "ecdh_secp256r1_ecpoint_test", keyType: "P-256", engines: BOTH },
  { file: "ecdh_secp384r1_ecpoint_test", keyType: "P-384", engines: BOTH },
  { file: "ecdh_secp521r1_ecpoint_test", keyType: "P-521", engines: BOTH },
  {
    file: "ecdh_secp256k1_test",
    keyType: "secp256k1",
    engines: ["node", "noble", "libsecp256k1-wasm", "libsecp256k1-native"],
  },
  { file: "x25519_test", keyType: "X25519", engines: BOTH },
  { file: "x448_test", keyType: "X448", engines: BOTH },
];

withVectors(() => {
  describe.each(FILES)("Wycheproof $file", ({ file, keyType, engines }) => {
    test.each(engines)("%s", (engine) => {
      const wrong: number[] = [];
      // noble takes 10 to 25 ms for each of the larger curves: every fourth case here, all with KEYRAIL_ALL_VECTORS=1.
      const step =
        engine === "noble" && SLOW_ON_NOBLE.has(keyType) && process.env["KEYRAIL_ALL_VECTORS"] !== "1" ? 4 : 1;
      for (const vector of everyNth(
        step,
        wycheproof(file).flatMap((group) => group.tests),
      )) {
        const made = outcome(keyType, engine, vector);
        const expected = vector.result === "invalid" ? "refused" : String(vector["shared"]);
        // "acceptable" may be refused (compressed points, unusual DER, zero secrets) but never answered wrongly.
        const refusedByChoice = vector.result === "acceptable" && made === "refused";
        const mustRefuse = vector.flags?.includes("ZeroSharedSecret") === true;
        const mustAccept = vector.flags?.includes("NonCanonicalPublic") === true && !mustRefuse;
        if (mustRefuse ? made !== "refused" : made !== expected && (mustAccept || !refusedByChoice)) {
          wrong.push(vector.tcId);
        }
      }
      expect(wrong).toEqual([]);
    });
  });
});
