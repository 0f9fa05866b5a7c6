// A user's shell, as a program: runs the installed `keyrail` command. Argument: the path of the command.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const [command] = process.argv.slice(2);

function keyrail(...args) {
  return execFileSync(command, args, { encoding: "utf8" });
}

const { version } = JSON.parse(readFileSync("node_modules/keyrail/package.json", "utf8"));
assert.equal(keyrail("--version").trim(), version);
