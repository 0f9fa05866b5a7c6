/** Opens the provider a URI stands for. The vendor's adapter is loaded then, and not before. */

import { type Audit, KeyrailError, parseProviderUri, type Provider, type Telemetry } from "@keyrail/core";
import type { OpenVendor, SecretQuestion } from "./vendors/vendor.ts";

/** What {@link openProvider} takes. */
export interface OpenProviderRequest {
  /** `software:PATH`, `encedo://HOST`, `dfns://HOST`. */
  readonly uri: string;
  /** Folder that relative paths of the URI and of the options start from. Default: the working directory. */
  readonly folder?: string;
  /** Whether a store that is not there is made. Default true. */
  readonly create?: boolean;
  /**
   * Gives the passphrase of a store or a device, or an access token, as UTF-8 bytes, when it is needed; for a device that
   * is at its first login and again when a token has run out. The bytes are wiped after use.
   */
  readonly secret: (question: SecretQuestion) => Promise<Uint8Array>;
  /** The vendor's options as a configuration file has them; docs/providers names them. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Where the variables `KEYRAIL_DFNS_*` and `KEYRAIL_ENCEDO_*` are looked up. Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly telemetry?: Telemetry;
  readonly audit?: Audit;
}

const VENDORS: Readonly<Record<string, () => Promise<OpenVendor>>> = {
  dfns: async () => (await import("./vendors/dfns.ts")).openDfns,
  encedo: async () => (await import("./vendors/encedo.ts")).openEncedo,
  software: async () => (await import("./vendors/software.ts")).openSoftware,
};

/** The schemes of the provider URIs that can be opened. */
export const PROVIDER_SCHEMES: readonly string[] = Object.keys(VENDORS);

/**
 * Opens a provider.
 *
 * @throws KeyrailError `InvalidRequest` for a URI that is none or that no vendor has; `InvalidConfiguration` for options
 *   that are wrong or missing and files that can't be read; and what the vendor's own `open…Provider` throws.
 */
export async function openProvider(request: OpenProviderRequest): Promise<Provider> {
  const { uri: text, folder, create, secret, options, environment, telemetry, audit } = request;
  const uri = parseProviderUri(text);
  const load = Object.hasOwn(VENDORS, uri.provider) ? VENDORS[uri.provider] : undefined;
  if (load === undefined) {
    throw new KeyrailError(
      "InvalidRequest",
      `There is no provider "${uri.provider}"; there are ${PROVIDER_SCHEMES.join(", ")}.`,
      { path: "provider" },
    );
  }
  const open = await load();
  return open({
    uri,
    text,
    folder: folder ?? process.cwd(),
    create: create ?? true,
    secret,
    options: options ?? {},
    environment: environment ?? process.env,
    hooks: { ...(telemetry === undefined ? {} : { telemetry }), ...(audit === undefined ? {} : { audit }) },
  });
}
