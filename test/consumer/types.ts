// A user's program, only type checked: the published types stand on their own (skipLibCheck is off).
import type { Provider, PublicKey } from "@keyrail/core";
import { type Database, openDatabase } from "@keyrail/database";
import { createRouter, openRegistry, type Router } from "@keyrail/registry";

export async function thumbprintOf(provider: Provider, keyUri: string): Promise<string> {
  const publicKey: PublicKey = await provider.keys.getPublic(keyUri);
  return publicKey.thumbprint();
}

export async function routerOver(providers: Readonly<Record<string, Provider>>, database: string): Promise<Router> {
  return createRouter({ registry: await openRegistry({ database }), providers, owned: true });
}

export function notes(uri: string): Promise<Database<{ note: { text: string } }>> {
  return openDatabase(uri, { component: "notes", changes: {} });
}
