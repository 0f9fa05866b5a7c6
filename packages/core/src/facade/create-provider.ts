import { explain } from "../capabilities/explain.ts";
import type { OperationDescriptor } from "../capabilities/descriptor.ts";
import { isKeyrailError } from "../errors.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { Health, Ports, Provider, ProviderAdapter } from "../provider.ts";
import { Invoker, type ProviderOptions } from "./invoker.ts";
import { keyCatalogPort } from "./key-catalog-port.ts";
import { keyStorePort } from "./key-store-port.ts";
import {
  agreementPort,
  cipherPort,
  deterministicDerivationPort,
  kemPort,
  keyExportPort,
  keyOpenerPort,
  keyWrapPort,
  macPort,
} from "./operation-ports.ts";
import { approvalsPort, signerPort, verifierPort } from "./signing-ports.ts";

/**
 * Makes a provider of an adapter: every port the adapter has, wrapped once with validation, capability gate, usage
 * check, deadline, abort, telemetry, audit, local verification and error normalisation.
 */
export function createProvider(adapter: ProviderAdapter, options: ProviderOptions = {}): Provider {
  const invoker = new Invoker(adapter, options);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    invoker.markClosed();
    return (closing ??= adapter.close?.() ?? Promise.resolve());
  };
  return {
    name: adapter.name,
    uri: adapter.uri,
    custody: adapter.capabilities.custody,
    capabilities: adapter.capabilities,
    ...wrappedPorts(adapter, invoker),
    owns: (key: string) => invoker.owns(key),
    explain: (descriptor: OperationDescriptor) => explain(invoker.compiled, descriptor),
    async health(rawOptions?: CallOptions): Promise<Health> {
      if (invoker.closed) return { healthy: false, reason: "The provider is closed." };
      try {
        return (await adapter.health?.(invoker.begin(rawOptions, "health"))) ?? { healthy: true };
      } catch (error) {
        return { healthy: false, reason: isKeyrailError(error) ? error.message : "The health check failed." };
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function wrappedPorts(adapter: ProviderAdapter, invoker: Invoker): Ports {
  const signer = adapter.signer === undefined ? undefined : signerPort(adapter, adapter.signer, invoker);
  const { approvals } = adapter;
  return {
    keys: keyStorePort(adapter, invoker),
    ...(adapter.catalog === undefined ? {} : { catalog: keyCatalogPort(adapter.catalog, invoker) }),
    ...(signer === undefined ? {} : { signer }),
    ...(adapter.verifier === undefined ? {} : { verifier: verifierPort(adapter.verifier, invoker) }),
    ...(adapter.agreement === undefined ? {} : { agreement: agreementPort(adapter.agreement, invoker) }),
    ...(adapter.mac === undefined ? {} : { mac: macPort(adapter.mac, invoker) }),
    ...(adapter.cipher === undefined ? {} : { cipher: cipherPort(adapter.cipher, invoker) }),
    ...(adapter.keyWrap === undefined ? {} : { keyWrap: keyWrapPort(adapter.keyWrap, invoker) }),
    ...(adapter.kem === undefined ? {} : { kem: kemPort(adapter.kem, invoker) }),
    ...(adapter.keyExport === undefined ? {} : { keyExport: keyExportPort(adapter.keyExport, invoker) }),
    ...(adapter.deterministicDerivation === undefined
      ? {}
      : { deterministicDerivation: deterministicDerivationPort(adapter.deterministicDerivation, invoker) }),
    ...(adapter.opener === undefined ? {} : { opener: keyOpenerPort(adapter.opener, invoker) }),
    ...(approvals === undefined || signer === undefined
      ? {}
      : { approvals: approvalsPort(adapter, (ticket, given) => approvals.resume(ticket, given), signer, invoker) }),
  };
}
