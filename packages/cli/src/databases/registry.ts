/** The registry, found and opened. */

import type { ChangeContext, Registry } from "@keyrail/registry";
import { Option } from "@commander-js/extra-typings";
import type { Session } from "../runtime/session.ts";
import { databaseOptionText, findDatabase, findDatabaseIfAny } from "./database-uri.ts";

/** Options of every command that uses the registry. */
export interface RegistryOptions {
  readonly registry?: string | undefined;
}

/** `--registry` */
export function registryOption(): Option<"--registry <uri>"> {
  return new Option("--registry <uri>", databaseOptionText("registry"));
}

/** `--reason`, for what changes the registry. */
export function reasonOption(): Option<"--reason <text>"> {
  return new Option("--reason <text>", "why; kept in the audit record");
}

/** `--actor`, for what changes the registry. */
export function actorOption(): Option<"--actor <name>"> {
  return new Option("--actor <name>", "who; kept in the audit record (default: the user of the operating system)");
}

/** Who and why, from the options. */
export function contextOf(options: {
  readonly reason?: string | undefined;
  readonly actor?: string | undefined;
}): ChangeContext {
  return {
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.actor === undefined ? {} : { actor: options.actor }),
  };
}

/**
 * Opens the registry, uses it, closes it. With `create` one that is not there is made.
 * @throws KeyrailError as `findDatabase` and `openRegistry`.
 */
export async function withRegistry<Result>(
  session: Session,
  { registry: option }: RegistryOptions,
  create: boolean,
  use: (registry: Registry) => Promise<Result>,
): Promise<Result> {
  await using registry = await openFoundRegistry(session, option, create);
  return await use(registry);
}

/** Opens the registry; the caller closes it. */
export async function openFoundRegistry(
  session: Session,
  option: string | undefined,
  create: boolean,
): Promise<Registry> {
  const { uri } = await findDatabase("registry", { option, create }, session);
  const { openRegistry } = await import("@keyrail/registry");
  return openRegistry({ database: uri, signal: session.signal });
}

/**
 * The key URI an alias (`NAME` or `NAME@VERSION`) stands for, or `undefined` where no registry was named and none is in
 * the usual place.
 * @throws KeyrailError `KeyNotFound` when the registry has no such alias.
 */
export async function keyOfAlias(
  session: Session,
  option: string | undefined,
  name: string,
): Promise<string | undefined> {
  const found = await findDatabaseIfAny("registry", option, session);
  if (found === undefined) return undefined;
  const { openRegistry } = await import("@keyrail/registry");
  await using registry = await openRegistry({ database: found.uri, signal: session.signal });
  return (await registry.resolve(name)).key;
}
