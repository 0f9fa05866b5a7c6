/** The ends of a migration as another process is told of them. */

import type { Provider } from "@keyrail/core";
import { z } from "zod";
import type { DeviceAccess } from "../open-device.ts";
import type { ServiceAccess } from "../open-service.ts";

/** How an end is opened; plain JSON. Holds what opens the emulated vendor: it goes to a child by its standard input. */
export type EndAccess =
  | { readonly kind: "software"; readonly path: string }
  | ({ readonly kind: "device" } & DeviceAccess)
  | ({ readonly kind: "service" } & ServiceAccess);

const text = z.string();
export const endAccessSchema: z.ZodType<EndAccess> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("software"), path: text }),
  z.object({ kind: z.literal("device"), url: text, caPem: text, checkinUrl: text, userPassphrase: text }),
  z.object({
    kind: z.literal("service"),
    url: text,
    caPem: text,
    authToken: text,
    orgId: text,
    credId: text,
    credentialKeyFile: text,
  }),
]);

/** Opens an end. What the other kinds need is not loaded, since a child has better things to do. */
export async function openEnd(access: EndAccess): Promise<Provider> {
  switch (access.kind) {
    case "software": {
      const { openSoftwareProvider } = await import("@keyrail/software");
      const keyEncryptionKey = { bytes: new Uint8Array(32).fill(7) };
      return openSoftwareProvider({ store: { kind: "sqlite", path: access.path, keyEncryptionKey } });
    }
    case "device":
      return (await import("../open-device.ts")).openDevice(access);
    case "service":
      return (await import("../open-service.ts")).openService(access);
  }
}
