/** The Encedo emulator in a process of its own: prints one line of JSON when it is ready, and ends with its parent. */

import { startEncedoEmulator } from "@keyrail/emulator-encedo";

// The device's own waiting is left out, so that what is compared is what each client costs.
const emulator = await startEncedoEmulator({ timeScale: 0 });
const { url, caFile, userPassphrase, checkinUrl, controlUrl } = emulator;
process.stdout.write(`${JSON.stringify({ kind: "encedo", url, caFile, userPassphrase, checkinUrl, controlUrl })}\n`);
process.stdin.resume();
process.stdin.once("end", () => void emulator.close());
