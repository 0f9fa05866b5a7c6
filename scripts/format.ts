/** `npm run format`: writes every file in the one format of the repository. */
import { run } from "./process.ts";

const result = await run("oxfmt", process.argv.slice(2), { stream: true });
process.exitCode = result.code;
