/** Key types in texts. */

import { expect, it } from "vitest";
import { KEY_TYPES, withArticle } from "../src/index.ts";

it("every key type has the article it is read with", () => {
  const withAn = KEY_TYPES.filter((keyType) => withArticle(keyType) === `an ${keyType}`);
  const others = KEY_TYPES.filter((keyType) => withArticle(keyType) === `a ${keyType}`);
  expect(others).toEqual(["P-256", "P-384", "P-521", "secp256k1", "stark"]);
  expect(withAn.length + others.length).toBe(KEY_TYPES.length);
});
