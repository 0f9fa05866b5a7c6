/** Encedo HEM: keys held by a device, opened with the user's passphrase. */

import { formatProviderUri, type Provider } from "@keyrail/core";
import { openEncedoProvider } from "@keyrail/encedo";
import * as z from "zod/mini";
import { readTextFile } from "./read-text-file.ts";
import type { OpenRequest } from "./vendor.ts";
import { vendorOptions } from "./vendor-options.ts";

const text = z.string().check(z.minLength(1));
const schema = z.strictObject({
  /** File with certificate authorities instead of the system's, PEM. */
  caFile: z.exactOptional(text),
  /** SHA-256 of the device's certificate, hexadecimal: no other is accepted. */
  certificateHash: z.exactOptional(z.string().check(z.regex(/^[0-9a-f]{64}$/i))),
  /** The identity of the device, as it gives it; any other device is refused. */
  eid: z.exactOptional(text),
  /** Service that sets the device's clock, instead of the vendor's. */
  checkinUrl: z.exactOptional(text),
  /** Seconds. */
  tokenLifetime: z.exactOptional(z.int().check(z.minimum(120), z.maximum(86_400))),
  /** Milliseconds between two requests. */
  pacing: z.exactOptional(z.number().check(z.nonnegative())),
});

const VARIABLES = {
  caFile: "KEYRAIL_ENCEDO_CA_FILE",
  certificateHash: "KEYRAIL_ENCEDO_CERTIFICATE_HASH",
  eid: "KEYRAIL_ENCEDO_EID",
  checkinUrl: "KEYRAIL_ENCEDO_CHECKIN_URL",
} as const;

/** Opens `encedo://HOST`. */
export async function openEncedo(request: OpenRequest): Promise<Provider> {
  const { caFile, certificateHash, checkinUrl, ...rest } = vendorOptions(request, "Encedo", schema, VARIABLES);
  const ca =
    caFile === undefined ? undefined : await readTextFile(request.folder, caFile, "caFile", "certificate authorities");
  return openEncedoProvider({
    uri: formatProviderUri(request.uri),
    passphrase: () => request.secret({ message: `Passphrase of the device ${request.text}` }),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(certificateHash === undefined
        ? {}
        : { certificateHash: Uint8Array.from(Buffer.from(certificateHash, "hex")) }),
    },
    ...(checkinUrl === undefined ? {} : { checkin: { url: checkinUrl, ...(ca === undefined ? {} : { tls: { ca } }) } }),
    ...rest,
    ...request.hooks,
  });
}
