/** What signing and verifying have in common on the command line. */

import { Option } from "@commander-js/extra-typings";
import {
  MAC_ALGORITHMS,
  type MacAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type SignatureFormat,
  tryDecodeHex,
} from "@keyrail/core";
import { usageError } from "../../runtime/usage-error.ts";
import { choice } from "../choice.ts";

/** Algorithms of `keys sign` and `keys verify`: signatures and MACs, which JOSE calls by one word too. */
export const SIGN_ALGORITHMS: readonly (SignatureAlgorithm | MacAlgorithm)[] = [
  ...SIGNATURE_ALGORITHMS,
  ...MAC_ALGORITHMS,
];

/** `--algorithm` */
export function algorithmOption(): Option<
  "--algorithm <name>",
  undefined,
  undefined,
  SignatureAlgorithm | MacAlgorithm
> {
  return new Option("--algorithm <name>", `one of ${SIGN_ALGORITHMS.join(", ")}`).argParser(choice(SIGN_ALGORITHMS));
}

/** `--format` */
export function formatOption(): Option<"--format <format>", undefined, undefined, SignatureFormat> {
  return new Option(
    "--format <format>",
    "encoding of an ECDSA signature: p1363 (r || s, the default) or der",
  ).argParser(choice(["p1363", "der"] as const));
}

/** Whether an algorithm of {@link SIGN_ALGORITHMS} makes MACs. */
export function isMacAlgorithm(algorithm: SignatureAlgorithm | MacAlgorithm): algorithm is MacAlgorithm {
  const names: readonly string[] = MAC_ALGORITHMS;
  return names.includes(algorithm);
}

/** The options that change what is signed. */
export interface SignatureOptions {
  readonly algorithm?: SignatureAlgorithm | MacAlgorithm | undefined;
  readonly in?: string | undefined;
  readonly digest?: true | undefined;
  readonly format?: SignatureFormat | undefined;
  readonly context?: string | undefined;
  readonly contextHex?: string | undefined;
  readonly merkleRoot?: string | undefined;
  readonly lowS?: boolean | undefined;
}

/** The algorithm and the input file, which must be given. */
export function requiredOf(options: SignatureOptions): { algorithm: SignatureAlgorithm | MacAlgorithm; file: string } {
  if (options.algorithm === undefined) throw usageError("Say how with --algorithm.", "--algorithm");
  if (options.in === undefined) throw usageError('Name the file with --in; "-" is standard input.', "--in");
  return { algorithm: options.algorithm, file: options.in };
}

/** Members of a sign or verify request from the options. */
export function signatureParameters(
  options: SignatureOptions,
  input: Uint8Array,
): ({ message: Uint8Array } | { digest: Uint8Array }) & {
  format?: SignatureFormat;
  context?: Uint8Array;
  merkleRoot?: Uint8Array;
  lowS?: boolean;
} {
  const { format, context, contextHex, merkleRoot, lowS } = options;
  if (context !== undefined && contextHex !== undefined) {
    throw usageError("--context and --context-hex are two ways to say the same; give one.", "--context");
  }
  const contextBytes =
    contextHex === undefined
      ? context === undefined
        ? undefined
        : new TextEncoder().encode(context)
      : hex(contextHex, "--context-hex");
  return {
    ...(options.digest === true ? { digest: input } : { message: input }),
    ...(format === undefined ? {} : { format }),
    ...(contextBytes === undefined ? {} : { context: contextBytes }),
    ...(merkleRoot === undefined ? {} : { merkleRoot: hex(merkleRoot, "--merkle-root") }),
    ...(lowS === undefined ? {} : { lowS }),
  };
}

/** Refuses options that mean nothing for a MAC. */
export function refuseSignatureOptions(options: SignatureOptions & { readonly recoverable?: true | undefined }): void {
  const given: readonly (readonly [string, unknown])[] = [
    ["--digest", options.digest],
    ["--format", options.format],
    ["--context", options.context],
    ["--context-hex", options.contextHex],
    ["--merkle-root", options.merkleRoot],
    ["--low-s", options.lowS],
    ["--recoverable", options.recoverable],
  ];
  const found = given.find(([, value]) => value !== undefined);
  if (found !== undefined) throw usageError(`${found[0]} is for signatures, not for MACs.`, found[0]);
}

function hex(text: string, path: string): Uint8Array {
  const bytes = tryDecodeHex(text.replace(/^0x/, ""));
  if (bytes === undefined) throw usageError(`${path} takes hexadecimal digits, two a byte.`, path);
  return bytes;
}
