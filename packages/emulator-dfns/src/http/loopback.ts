import type { Server } from "node:http";
import type { Server as SecureServer } from "node:https";

/** Listens on 127.0.0.1 and returns the port; 0 takes a free one. Rejects with the system's error. */
export async function listenOnLoopback(server: Server | SecureServer, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", resolve);
  await promise;
  server.off("error", reject);
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** Stops listening and ends every connection. */
export async function closeServer(server: Server | SecureServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
