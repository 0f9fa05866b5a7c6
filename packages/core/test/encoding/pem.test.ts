import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePem, encodePem, encodePemBytes, isKeyrailError, looksLikePem } from "../../src/index.ts";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const GOOD = encodePem("PRIVATE KEY", new Uint8Array(100).fill(7));

function refusal(text: string): string {
  try {
    decodePem(text);
  } catch (error) {
    if (isKeyrailError(error, "InvalidKeyMaterial")) return error.context.reason;
    throw error;
  }
  return "accepted";
}

it("round trips any content, from text and from bytes", () => {
  const labels = fc.constantFrom("PUBLIC KEY", "PRIVATE KEY", "EC PRIVATE KEY");
  const content = fc.uint8Array({ minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(labels, content, (label, bytes) => {
      const text = encodePem(label, bytes);
      expect(text.split("\n").every((line) => line.length <= 64)).toBe(true);
      expect(decodePem(text)).toEqual([{ label, bytes }]);
      const file = encodePemBytes(label, bytes);
      expect(file).toEqual(ascii(text));
      expect(decodePem(file)).toEqual([{ label, bytes }]);
      expect(looksLikePem(file)).toBe(true);
    }),
    { seed: 7, numRuns: 200 },
  );
});

it("does not touch a file given as bytes", () => {
  const file = ascii(GOOD);
  decodePem(file);
  expect(file).toEqual(ascii(GOOD));
});

describe("is tolerant where RFC 7468 asks for it", () => {
  it.each([
    ["CR LF", GOOD.replaceAll("\n", "\r\n")],
    ["text around", `Bag Attributes\n  localKeyID: 01\n\n${GOOD}\nafter`],
    ["blanks at line ends", GOOD.replaceAll("\n", " \t\n")],
    ["no final line end", GOOD.trimEnd()],
    ["a byte order mark", `\u{feff}${GOOD}`],
    ["lines of another length", GOOD.replace(/\n(?=[A-Za-z0-9+/]{30}[A-Za-z0-9+/=]*\n)/u, "\n")],
  ])("%s", (_, text) => {
    expect(decodePem(text)).toEqual([{ label: "PRIVATE KEY", bytes: new Uint8Array(100).fill(7) }]);
  });

  it("several blocks, in order", () => {
    expect(decodePem(encodePem("A", Uint8Array.of(1)) + encodePem("B C", Uint8Array.of(2)))).toEqual([
      { label: "A", bytes: Uint8Array.of(1) },
      { label: "B C", bytes: Uint8Array.of(2) },
    ]);
  });
});

describe("is strict elsewhere", () => {
  it.each([
    ["no block", "hello", "no block"],
    ["an empty text", "", "no block"],
    ["a missing end", GOOD.slice(0, -30), "truncated"],
    ["another end label", GOOD.replace("END PRIVATE", "END PUBLIC"), "labels differ"],
    ["a begin line without dashes", GOOD.replace("KEY-----", "KEY----"), "boundary line"],
    ["a character outside the alphabet", GOOD.replace("BwcH", "Bw*H"), "not base64"],
    ["an empty line inside", GOOD.replace("KEY-----\n", "KEY-----\n\n"), "not base64"],
    ["a blank inside a line", GOOD.replace("BwcH", "Bw cH"), "not base64"],
    ["padding in the middle", GOOD.replace("BwcH", "Bw=="), "not base64"],
    ["no content", "-----BEGIN A-----\n-----END A-----\n", "not base64"],
    ["old OpenSSL encryption", GOOD.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n"), "RFC 1421 headers"],
    ["more than 1 MiB", GOOD + " ".repeat(1_048_576), "too large"],
  ])("refuses %s", (_, text, reason) => {
    expect(refusal(text)).toBe(reason);
  });
});

it("reading a megabyte of begin lines takes linear work", () => {
  const started = performance.now();
  expect(refusal("-----BEGIN A-----\n".repeat(50_000))).not.toBe("accepted");
  expect(performance.now() - started).toBeLessThan(2000);
});
