/** The Encedo emulator in a process of its own, never waiting: prints one line of JSON, and ends with its parent. */

import { startEncedoEmulator } from "@keyrail/emulator-encedo";

const emulator = await startEncedoEmulator({ timeScale: 0 });
const { url, caFile, userPassphrase, eid, controlUrl } = emulator;
process.stdout.write(`${JSON.stringify({ kind: "encedo", url, caFile, userPassphrase, eid, controlUrl })}\n`);
process.stdin.resume();
process.stdin.once("end", () => void emulator.close());
