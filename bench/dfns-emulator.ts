/** The Dfns emulator in a process of its own: prints one line of JSON when it is ready, and ends with its parent. */

import { startDfnsEmulator } from "@keyrail/emulator-dfns";

const emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited", recordedRequests: 0 });
const { url, caFile, authToken, orgId, credId, credentialKeyFile, controlUrl } = emulator;
process.stdout.write(
  `${JSON.stringify({ kind: "dfns", url, caFile, authToken, orgId, credId, credentialKeyFile, controlUrl })}\n`,
);
process.stdin.resume();
process.stdin.once("end", () => void emulator.close());
