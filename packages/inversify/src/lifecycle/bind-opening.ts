import type { ContainerModuleLoadOptions, ResolutionContext, ServiceIdentifier } from "inversify";
import { token } from "../tokens.ts";
import { Opening } from "./opening.ts";

/**
 * Binds something that is opened on first use and closed with the container.
 * @param key of the binding that holds it; one per thing.
 */
export function bindOpening<Resource extends AsyncDisposable>(
  { bind }: ContainerModuleLoadOptions,
  key: string,
  title: string,
  service: ServiceIdentifier<Resource>,
  open: (context: ResolutionContext) => Promise<Resource>,
): void {
  const holder = token<Opening<Resource>>(`opening/${key}`);
  bind(holder)
    .toConstantValue(new Opening(title, open))
    .onDeactivation((opening) => opening.close());
  // Not a singleton: the holder is one, and forgets what failed.
  bind(service)
    .toDynamicValue((context) => context.get(holder).get(context))
    .inTransientScope();
}
