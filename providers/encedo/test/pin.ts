import { startEncedoEmulator } from "@keyrail/emulator-encedo";
import { connect } from "node:tls";
import { createHash } from "node:crypto";
const e = await startEncedoEmulator({ timeScale: 0 });
const { port } = new URL(e.url);
let session: Buffer | undefined;
for (const servername of ["", "localhost", "", ""]) {
  await new Promise<void>((resolve, reject) => {
    const s = connect(
      { host: "127.0.0.1", port: Number(port), servername, rejectUnauthorized: false, ...(session ? { session } : {}) },
      () => {
        const c = s.getPeerX509Certificate();
        console.log(
          JSON.stringify(servername),
          s.isSessionReused(),
          c && createHash("sha256").update(c.raw).digest("hex").slice(0, 10),
          s.getPeerCertificate().raw?.length,
        );
        s.on("session", (x) => {
          session = x;
          s.destroy();
        });
        s.on("close", () => resolve());
      },
    );
    s.on("error", reject);
  });
}
await e.close();
