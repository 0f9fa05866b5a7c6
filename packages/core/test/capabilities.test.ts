import { describe, expect, it } from "vitest";
import {
  type CapabilityDeclaration,
  ERROR_GUIDE,
  explain,
  renderCapabilities,
  renderErrorGuide,
} from "../src/index.ts";
import { declaration } from "./support/echo-adapter.ts";

const evidence = { tier: "documented", reference: "sheet 4" } as const;
const wide: CapabilityDeclaration = {
  ...declaration,
  rows: [
    { keyTypes: ["P-256"], operation: "sign", algorithms: ["ES256"], inputs: ["message"], formats: ["der"], evidence },
    {
      keyTypes: ["secp256k1"],
      operation: "sign",
      algorithms: ["ES256K"],
      inputs: ["digest"],
      parameters: ["recoverable"],
      evidence: { tier: "assumed", reference: "sheet 9" },
    },
    { keyTypes: ["P-256"], operation: "create", usages: [["sign", "verify"], ["agree"]], evidence },
    { keyTypes: ["AES-256"], operation: "create", usages: [["encrypt"]], evidence },
    {
      keyTypes: ["Ed25519"],
      operation: "create",
      usages: [["sign"]],
      extractable: true,
      always: ["extractable"],
      evidence,
    },
  ],
  refusals: [
    {
      operation: "sign",
      keyTypes: ["P-256"],
      input: "digest",
      reason: "it hashes itself.",
      alternative: "Send the message.",
    },
  ],
};

describe("explain", () => {
  it.each([
    [
      "the algorithm",
      { operation: "sign", keyType: "P-256", algorithm: "ES384" },
      "ES384 is not offered",
      "Use ES256.",
    ],
    [
      "the input",
      { operation: "sign", keyType: "secp256k1", algorithm: "ES256K", input: "message" },
      "takes no message",
      "Give the digest.",
    ],
    ["the encoding", { operation: "sign", keyType: "P-256", algorithm: "ES256", format: "p1363" }, "p1363", "Use der."],
    [
      "a parameter",
      { operation: "sign", keyType: "secp256k1", algorithm: "ES256K", parameters: ["lowS"] },
      '"lowS"',
      "Leave it out.",
    ],
    [
      "a key that is not extractable where all are",
      { operation: "create", keyType: "Ed25519", usages: ["sign"], extractable: false },
      "every key can be exported",
      "Leave `extractable` out, and take the key for one that can be exported.",
    ],
    [
      "usages",
      { operation: "create", keyType: "P-256", usages: ["sign", "agree"] },
      "can't be combined",
      "Possible are sign+verify, or agree.",
    ],
    [
      "one usage",
      { operation: "create", keyType: "P-256", usages: ["encrypt"] },
      "it has no encrypt usage",
      "Possible are sign+verify, or agree.",
    ],
    ["the key type", { operation: "create", keyType: "AES-128" }, "(AES-128)", "Nearest: AES-256."],
    [
      "the provider's own words",
      { operation: "sign", keyType: "P-256", input: "digest" },
      "it hashes itself",
      "Send the message.",
    ],
  ] as const)("names %s", (_title, descriptor, reason, nearest) => {
    const explanation = explain(wide, descriptor);
    expect(explanation).toMatchObject({ supported: false, nearest });
    expect(explanation.supported ? "" : explanation.reason).toContain(reason);
  });

  it("considers every key type when the type is not known", () => {
    expect(explain(wide, { operation: "sign", algorithm: "ES256K", input: "digest" }).supported).toBe(true);
    expect(explain(wide, { operation: "mac" }).supported).toBe(false);
  });
});

describe("tables", () => {
  it("shows evidence, limits and refusals", () => {
    const text = renderCapabilities(wide);
    expect(text).toContain("| P-256 | d | d |");
    expect(text).toContain("| secp256k1 | · | a |");
    expect(text).toContain("assumed: sheet 9");
    expect(text).toContain("it hashes itself.");
  });

  it("has a page for every error code", () => {
    for (const code of Object.keys(ERROR_GUIDE)) expect(renderErrorGuide()).toContain(`## ${code}\n`);
  });
});
