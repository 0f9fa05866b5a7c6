/** A folder that nobody can write to, not even root. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";

/** Why there can be none here; the reason of a test that is skipped. */
export const NO_READ_ONLY_FOLDER = "root can write everywhere, and a read-only file system can't be mounted here";

/**
 * Makes `folder`, lets `fill` write into it, and takes the right to write away: by permissions, for root by a read-only
 * file system. `undefined` where that can't be done.
 */
export async function readOnlyFolder(folder: string, fill: () => Promise<void>): Promise<Disposable | undefined> {
  mkdirSync(folder);
  if (process.getuid?.() !== 0) {
    await fill();
    chmodSync(folder, 0o500);
    return { [Symbol.dispose]: () => chmodSync(folder, 0o700) };
  }
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  const unmount = (): void => {
    execFileSync("umount", ["--lazy", folder], { stdio: "ignore" });
  };
  try {
    await fill();
    execFileSync("mount", ["-o", "remount,ro", folder], { stdio: "ignore" });
    return { [Symbol.dispose]: unmount };
  } catch (error) {
    unmount();
    throw error;
  }
}
