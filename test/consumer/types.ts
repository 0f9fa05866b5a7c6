// A user's program, only type checked: the published types stand on their own (skipLibCheck is off).
import type { Provider, PublicKey } from "@keyrail/core";

export async function thumbprintOf(provider: Provider, keyUri: string): Promise<string> {
  const publicKey: PublicKey = await provider.keys.getPublic(keyUri);
  return publicKey.thumbprint();
}
