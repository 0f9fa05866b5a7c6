/** Encedo HEM: keys held by a device, opened with the user's passphrase. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { formatProviderUri, KeyrailError, type Provider, wipe } from "@keyrail/core";
import type { Harness } from "@keyrail/conformance-tests";
import { z } from "zod";
import type { OpenRequest, ProviderKind } from "./provider-kind.ts";

const SCHEME = "encedo";

const text = z.string().min(1);
const optionsSchema = z.strictObject({
  /** File with certificate authorities instead of the system's, PEM. */
  caFile: text.exactOptional(),
  /** SHA-256 of the device's certificate, hexadecimal: no other is accepted. */
  certificateHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/i)
    .exactOptional(),
  /** The identity of the device, as it gives it; any other device is refused. */
  eid: text.exactOptional(),
  /** Service that sets the device's clock, instead of the vendor's. */
  checkinUrl: text.exactOptional(),
  /** Seconds. */
  tokenLifetime: z.int().min(120).max(86_400).exactOptional(),
  /** Milliseconds between two requests. */
  pacing: z.number().nonnegative().exactOptional(),
});
type Options = z.infer<typeof optionsSchema>;

/** Environment variables that stand for options of the same meaning where the configuration file has none. */
const VARIABLES = {
  caFile: "KEYRAIL_ENCEDO_CA_FILE",
  certificateHash: "KEYRAIL_ENCEDO_CERTIFICATE_HASH",
  eid: "KEYRAIL_ENCEDO_EID",
  checkinUrl: "KEYRAIL_ENCEDO_CHECKIN_URL",
} as const;

/** `encedo://HOST`. */
export const encedoKind: ProviderKind = {
  scheme: SCHEME,
  title: "Keys held by an Encedo HEM, a hardware security module",
  uriForm: "encedo://my.ence.do",
  canonicalUri: (uri) => formatProviderUri(uri),
  capabilities: async () => (await import("@keyrail/encedo")).encedoCapabilities,
  open,
  harness,
};

async function open(request: OpenRequest): Promise<Provider> {
  const { caFile, certificateHash, checkinUrl, ...rest } = optionsOf(request);
  const { openEncedoProvider } = await import("@keyrail/encedo");
  const ca = caFile === undefined ? undefined : await readAuthorities(resolve(request.folder, caFile));
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(certificateHash === undefined ? {} : { certificateHash: Uint8Array.from(Buffer.from(certificateHash, "hex")) }),
  };
  return openEncedoProvider({
    uri: formatProviderUri(request.uri),
    passphrase: () => request.secret({ message: `Passphrase of the device ${request.text}` }),
    tls,
    ...(checkinUrl === undefined ? {} : { checkin: { url: checkinUrl, ...(ca === undefined ? {} : { tls: { ca } }) } }),
    ...rest,
  });
}

function optionsOf(request: OpenRequest): Options {
  const given: Record<string, unknown> = { ...request.options };
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const value = process.env[variable];
    // Files of the environment start from the working directory, those of the configuration file from its folder.
    if (value !== undefined && value !== "") given[name] ??= name === "caFile" ? resolve(value) : value;
  }
  const parsed = optionsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new KeyrailError(
    "InvalidConfiguration",
    `The options of the Encedo provider are not valid${path === "" ? "" : ` at "${path}"`}; it knows ${Object.keys(optionsSchema.shape).join(", ")}.`,
    path === "" ? {} : { path },
  );
}

async function readAuthorities(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new KeyrailError(
      "InvalidConfiguration",
      `${file}, which should hold certificate authorities, can't be read.`,
      { path: "caFile" },
      { cause },
    );
  }
}

function harness(request: OpenRequest): Harness {
  const opened: Provider[] = [];
  let passphrase: Uint8Array | undefined;
  // The suite opens the device again and again; the user is asked once.
  const secret: OpenRequest["secret"] = async (question) =>
    Uint8Array.from((passphrase ??= await request.secret(question)));
  const openOnce = async (): Promise<Provider> => {
    const provider = await open({ ...request, secret });
    opened.push(provider);
    return provider;
  };
  return {
    name: request.uri.store,
    evidence: /^(?:127\.0\.0\.1|localhost)(?::|$)/.test(request.uri.store) ? "emulator" : "live",
    async setup() {
      return { provider: await openOnce(), reopen: openOnce };
    },
    async teardown() {
      await Promise.all(opened.map((provider) => provider.close()));
      wipe(passphrase);
    },
  };
}
