// Installs the workspace when node_modules is missing or older than the manifests. Plain JavaScript: it runs before
// anything is installed, on Node 20 or later.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

// The package manager is pinned in package.json ("config"): every machine resolves and links the same tree.
const { config } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const pnpm = `pnpm@${config.pnpm}`;

const stampFile = path.join(root, "node_modules/.keyrail-install");
const nodeBinary = path.join(root, "node_modules/node/bin/node");

/** The lockfile, the workspace file and the manifest of every workspace package. */
function manifests() {
  const folders = ["packages", "providers", "docs/examples"].flatMap((parent) => {
    const folder = path.join(root, parent);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((child) => path.join(parent, child));
  });
  return ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", "conformance-tests/package.json"]
    .concat(folders.map((folder) => path.join(folder, "package.json")))
    .filter((file) => existsSync(path.join(root, file)))
    .toSorted();
}

function fingerprint() {
  const hash = createHash("sha256").update(pnpm).update(process.platform).update(process.arch);
  for (const file of manifests()) hash.update(file).update(readFileSync(path.join(root, file)));
  return hash.digest("hex");
}

function isUpToDate(wanted) {
  return existsSync(nodeBinary) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted;
}

/** The line of the package manager's output that says what went wrong. */
function reasonIn(output) {
  const lines = output.split("\n").map((line) => line.trim());
  const found = lines.find((line) => /ERR_|npm error (?!code|A complete log)|ENOTFOUND|ECONNREFUSED/.test(line));
  return found ?? lines.findLast((line) => line !== "") ?? "no output";
}

function runInstall() {
  return new Promise((resolve, reject) => {
    const child = spawn("npx", ["-y", pnpm, "install", "--frozen-lockfile"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      // CI: pnpm asks nothing. The log level lets npx say why it failed, whatever the caller silenced.
      env: { ...process.env, CI: "true", npm_config_loglevel: "error" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    const stop = (signal) => {
      child.kill(signal);
      process.exit(signal === "SIGINT" ? 130 : 143);
    };
    process.once("SIGINT", stop).once("SIGTERM", stop);
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      if (code === 0) resolve();
      else reject(new Error(reasonIn(output)));
    });
  });
}

/**
 * Makes node_modules match the lockfile; does nothing, in a few milliseconds, when it already does.
 * Says on standard error what it does. Rejects with one sentence when the install fails.
 */
export async function installWhenNeeded() {
  const wanted = fingerprint();
  if (isUpToDate(wanted)) return;
  process.stderr.write("Installing the dependencies (once; about a minute on an empty package store) ...\n");
  const started = Date.now();
  try {
    await runInstall();
  } catch (error) {
    const advice = error.message.includes("OUTDATED_LOCKFILE")
      ? `a package.json asks for what pnpm-lock.yaml does not have; run npx -y ${pnpm} install`
      : "check the network and the disk, then run the command again";
    throw new Error(`The dependencies could not be installed: ${advice} (${error.message}).`, { cause: error });
  }
  if (!existsSync(nodeBinary))
    throw new Error(`The install left no Node.js at ${nodeBinary}; remove node_modules and run the command again.`);
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, wanted);
  process.stderr.write(`Installed in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
}
