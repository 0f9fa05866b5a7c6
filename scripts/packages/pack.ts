/** Packs every published package and unpacks it again, to look at what a user would get. */
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { pnpm } from "../pnpm.ts";
import { root, run } from "../process.ts";

/** A packed package: its tarball, and the folder it was unpacked to. */
export interface Packed {
  name: string;
  tarball: string;
  folder: string;
}

/** Where the tarballs lie; git ignores it. */
const packedFolder = path.join(root, ".keyrail/packed");

const answer = z.array(z.object({ name: z.string(), filename: z.string() }));

let packed: Promise<Packed[]> | undefined;

/** Packs what `tsdown` built, once per run. Rejects with pnpm's own words when packing fails. */
export function packAll(): Promise<Packed[]> {
  packed ??= pack();
  return packed;
}

async function pack(): Promise<Packed[]> {
  rmSync(packedFolder, { recursive: true, force: true });
  mkdirSync(packedFolder, { recursive: true });
  const args = ["-r", "--filter", "!keyrail-workspace", "--filter", "!./docs/**", "pack", "--json"];
  const { code, stdout, output } = await pnpm([...args, "--pack-destination", packedFolder]);
  if (code !== 0) throw new Error(output);
  return Promise.all(
    answer.parse(JSON.parse(stdout)).map(async ({ name, filename }) => {
      const folder = filename.replace(/\.tgz$/, "");
      mkdirSync(folder, { recursive: true });
      await run("tar", ["-xzf", filename, "-C", folder, "--strip-components=1"]);
      return { name, tarball: filename, folder };
    }),
  );
}
