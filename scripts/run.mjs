// The one entry of `npm start`, `npm test`, `npm run bench` and `npm run keyrail`. It runs on any Node the machine
// has (20 or later, before anything is installed): it installs when needed, then hands over to the Node 26 of
// node_modules. It writes to standard error only, so that the output of a command can be piped.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { installWhenNeeded, root } from "./install.mjs";

/** What each command runs: a file of the repository, and where. `keyrail` keeps the folder the user stands in. */
const commands = {
  start: { file: "packages/cli/src/demo/main.ts", cwd: root },
  test: { file: "scripts/test/main.ts", cwd: root },
  campaign: { file: "scripts/campaign.ts", cwd: root },
  bench: { file: "bench/main.ts", cwd: root },
  keyrail: { file: "packages/cli/src/main.ts", cwd: process.env.INIT_CWD ?? process.cwd() },
  format: { file: "scripts/format.ts", cwd: root },
  docs: { file: "scripts/generate-docs.ts", cwd: root },
};

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

const [name, ...rest] = process.argv.slice(2);
const command = Object.hasOwn(commands, name ?? "") ? commands[name] : undefined;
if (command === undefined) {
  fail(`There is no command "${name ?? ""}". There are: ${Object.keys(commands).join(", ")}.`);
}

if (Number.parseInt(process.versions.node, 10) < 20) {
  fail(`This is Node.js ${process.versions.node}; Node.js 20 or later is needed to start.`);
}
try {
  await installWhenNeeded();
} catch (error) {
  fail(error.message);
}

const node = path.join(root, "node_modules/node/bin/node");
const file = path.join(root, command.file);
if (!existsSync(file)) fail(`"${name}" is not in this version of the repository: ${command.file} is missing.`);

const child = spawn(node, ["--conditions=keyrail-source", file, ...rest], {
  cwd: command.cwd,
  stdio: "inherit",
  env: {
    ...process.env,
    PATH: [path.join(root, "node_modules/.bin"), process.env.PATH].filter(Boolean).join(path.delimiter),
  },
});

// A terminal sends Ctrl-C to the child as well, so it is passed on only where there is none: somebody may have signalled
// this process alone. Where the whole group was signalled the child gets it twice, and takes the two for one.
process.on("SIGINT", () => {
  if (!process.stdin.isTTY) child.kill("SIGINT");
});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));

child.on("error", (error) => fail(`Node.js ${node} did not start: ${error.message}`));
child.on("exit", (code, signal) => {
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
});
