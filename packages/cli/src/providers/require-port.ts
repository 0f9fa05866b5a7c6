import { KeyrailError, type Ports, type Provider } from "@keyrail/core";

/**
 * A port of a provider, which may be missing.
 * @param does what can't be done without it, to go on from "can't".
 * @throws KeyrailError `UnsupportedCapability`.
 */
export function requirePort<Name extends keyof Ports>(
  provider: Provider,
  name: Name,
  does: string,
): NonNullable<Ports[Name]> {
  const port: Ports[Name] | undefined = provider[name];
  if (port === undefined) {
    throw new KeyrailError("UnsupportedCapability", `${provider.capabilities.title} can't ${does}.`, {
      provider: provider.name,
      operation: does,
    });
  }
  return port;
}
