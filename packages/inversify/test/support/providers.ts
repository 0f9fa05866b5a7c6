import type { Provider } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";

/** A software provider that notes when it is closed. */
export async function noted(name: string, closed: string[], fails = false): Promise<Provider> {
  const provider = await openSoftwareProvider({ store: { kind: "memory" } });
  return {
    ...provider,
    async [Symbol.asyncDispose]() {
      await provider.close();
      closed.push(name);
      if (fails) throw new Error(`${name} failed to close`);
    },
  };
}
