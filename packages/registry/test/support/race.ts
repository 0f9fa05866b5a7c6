/**
 * Switches the alias `counter` from `software:/race/N` to the next number until it names the last one, in a race with
 * other processes that do the same. Prints how often it won. Arguments: database, last number.
 */
import { isKeyrailError } from "@keyrail/core";
import { openRegistry } from "@keyrail/registry";

const [database = "", last = "0"] = process.argv.slice(2);
await using registry = await openRegistry({ database });
let won = 0;
for (;;) {
  const { key: from } = await registry.resolve("counter");
  const number = Number(from.slice(from.lastIndexOf("/") + 1));
  if (number === Number(last)) break;
  try {
    await registry.cutOver([{ alias: "counter", from, to: `software:/race/${number + 1}` }]);
    won += 1;
  } catch (error) {
    if (!isKeyrailError(error, "OperationRefused")) throw error;
  }
}
process.stdout.write(String(won));
