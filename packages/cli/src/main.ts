#!/usr/bin/env node
/** The `keyrail` command. */
import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };

const program = new Command("keyrail").description(manifest.description).version(manifest.version);

await program.parseAsync();
