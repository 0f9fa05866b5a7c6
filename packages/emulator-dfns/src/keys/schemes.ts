/** The scheme matrix (fact sheet, section 6) and the protocols of import and export. */

import type { CurveName } from "../threshold/groups.ts";

export const schemes = ["ECDSA", "EdDSA", "Schnorr", "DH"] as const;
export type Scheme = (typeof schemes)[number];

export const protocols = ["CGGMP24", "CGGMP21", "FROST", "FROST_BITCOIN", "GLOW20_DH", "KU23"] as const;
export type Protocol = (typeof protocols)[number];

interface SchemeRow {
  readonly scheme: Scheme;
  readonly curve: CurveName;
  /** Protocols that import and export take, the preferred first; empty: neither import nor export. */
  readonly protocols: readonly Protocol[];
}

const rows: readonly SchemeRow[] = [
  { scheme: "ECDSA", curve: "secp256k1", protocols: ["CGGMP24", "CGGMP21"] },
  { scheme: "ECDSA", curve: "stark", protocols: ["CGGMP24", "CGGMP21"] },
  { scheme: "EdDSA", curve: "ed25519", protocols: ["FROST"] },
  { scheme: "Schnorr", curve: "secp256k1", protocols: ["FROST_BITCOIN"] },
  { scheme: "DH", curve: "secp256k1", protocols: [] },
];

/** True for a pair of the matrix. */
export function isPair(scheme: Scheme, curve: CurveName): boolean {
  return rows.some((row) => row.scheme === scheme && row.curve === curve);
}

/** The scheme that importing by a protocol on a curve makes, if the matrix has it. */
export function schemeOfImport(protocol: Protocol, curve: CurveName): Scheme | undefined {
  return rows.find((row) => row.curve === curve && row.protocols.includes(protocol))?.scheme;
}

/** The protocol an export is labelled with: the caller's, CGGMP24 before CGGMP21 (section 12). */
export function protocolOfExport(
  scheme: Scheme,
  curve: CurveName,
  supported: readonly { readonly protocol: Protocol; readonly curve: CurveName }[],
): Protocol | undefined {
  const row = rows.find((row) => row.scheme === scheme && row.curve === curve);
  return row?.protocols.find((protocol) =>
    supported.some((pair) => pair.protocol === protocol && pair.curve === curve),
  );
}
