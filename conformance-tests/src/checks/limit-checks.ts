/** Limits at the edge: the longest that is declared works, one more is refused, and nothing is cut. */

import {
  type ByteRange,
  type CapabilityRow,
  type KeyRecord,
  type LimitName,
  type Operation,
  OPERATIONS,
  type TextLimit,
} from "@keyrail/core";
import type { Check, Need } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectRejection, expectThat } from "../expect.ts";
import { catalog, description } from "../needs.ts";
import { slug } from "../reference/algorithms.ts";
import { keyMaker, someKey } from "./any-key.ts";
import { callOfLength } from "./limit-calls.ts";

const group = "limits" as const;

/** A text of exactly this many UTF-8 bytes that starts with the run's label, so that the key can be found again. */
function textOf(start: string, bytes: number, limit: TextLimit): string {
  const room = bytes - start.length;
  if (room <= 0) return start.slice(0, bytes);
  // Two bytes a character where the provider takes any: it must count bytes, not characters.
  if (limit.charset === "printable-ascii") return start + "x".repeat(room);
  return start + "é".repeat(Math.floor(room / 2)) + "x".repeat(room % 2);
}

async function readBack(context: CheckContext, made: KeyRecord): Promise<KeyRecord> {
  const { catalog: port, capabilities } = context.provider;
  if (port !== undefined && capabilities.catalog?.get === true) return port.get(made.uri);
  return made;
}

const label: Check = {
  id: "limits.label",
  group,
  title: "Labels up to the declared length come back whole, longer ones are refused",
  requirement:
    "CapabilityDeclaration.label: UTF-8 bytes, both ends inclusive; `LimitExceeded` beyond, never a label that was cut.",
  needs: [someKey],
  makesKeys: true,
  async run(context) {
    const limit = context.capabilities.declaration.label;
    const lengths = new Set([limit.maximumBytes, Math.max(limit.minimumBytes, Math.min(24, limit.maximumBytes))]);
    for (const length of lengths) {
      const text = textOf(context.newLabel(), length, limit);
      const made = await keyMaker(context).make(context.provider, { label: text });
      expectThat(made.label === text, `a label of ${length} bytes is changed in the record`);
      expectThat((await readBack(context, made)).label === text, `a label of ${length} bytes does not come back whole`);
    }
    const wrong = [
      limit.maximumBytes + 1,
      limit.maximumBytes + 40,
      ...(limit.minimumBytes > 0 ? [limit.minimumBytes - 1] : []),
    ];
    for (const length of wrong) {
      const text = textOf(context.newLabel(), length, limit);
      await expectRejection("LimitExceeded", `a label of ${length} bytes`, () =>
        keyMaker(context).make(context.provider, { label: text }),
      );
    }
  },
};

const describedNeeds: readonly Need[] = [someKey, description];

const descriptionLength: Check = {
  id: "limits.description",
  group,
  title: "Descriptions up to the declared length come back whole, longer ones are refused",
  requirement:
    "CapabilityDeclaration.description: UTF-8 bytes, inclusive; `LimitExceeded` beyond, never a description that was cut.",
  needs: describedNeeds,
  makesKeys: true,
  async run(context) {
    const limit = context.capabilities.declaration.description;
    if (limit === undefined) return;
    const text = textOf("d", limit.maximumBytes, limit);
    const made = await keyMaker(context).make(context.provider, { label: context.newLabel(), description: text });
    expectThat(made.description === text, `a description of ${limit.maximumBytes} bytes is changed in the record`);
    expectThat(
      (await readBack(context, made)).description === text,
      "the longest description does not come back whole",
    );
    const longer = textOf("d", limit.maximumBytes + 1, limit);
    await expectRejection("LimitExceeded", `a description of ${limit.maximumBytes + 1} bytes`, () =>
      keyMaker(context).make(context.provider, { label: context.newLabel(), description: longer }),
    );
  },
};

const charset: Check = {
  id: "limits.charset",
  group,
  title: "Characters the provider does not keep are refused in labels",
  requirement:
    "TextLimit.charset: printable ASCII or Unicode without control characters; anything else is `InvalidRequest`, never replaced.",
  needs: [someKey],
  makesKeys: true,
  async run(context) {
    const limit = context.capabilities.declaration.label;
    const start = context.newLabel().slice(0, Math.max(0, limit.maximumBytes - 6));
    if (limit.charset === "unicode" && limit.maximumBytes >= 6) {
      const text = `${start}é😀`;
      const made = await keyMaker(context).make(context.provider, { label: text });
      expectThat((await readBack(context, made)).label === text, "a label with characters beyond ASCII is changed");
    }
    const wrong = ["\n", "\u0000", "\u007f", ...(limit.charset === "printable-ascii" ? ["é"] : ["\ud800"])];
    for (const character of wrong) {
      const name = `U+${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
      await expectRejection("InvalidRequest", `a label with the character ${name}`, () =>
        keyMaker(context).make(context.provider, { label: `${start}${character}` }),
      );
    }
  },
};

const renamed: Check = {
  id: "limits.rename",
  group,
  title: "A rename has the same limits",
  requirement: "KeyCatalog.rename: labels are bounded as in create: `LimitExceeded` beyond, and the old label stays.",
  needs: [someKey, catalog("rename label")],
  makesKeys: true,
  async run(context) {
    const limit = context.capabilities.declaration.label;
    const made = await keyMaker(context).make(context.provider, { label: context.newLabel() });
    const port = context.provider.catalog;
    if (port === undefined) return;
    const longest = textOf(context.newLabel(), limit.maximumBytes, limit);
    const answer = await port.rename({ key: made.uri, label: longest });
    expectThat(answer.label === longest, "the longest label is changed by rename");
    const longer = textOf(context.newLabel(), limit.maximumBytes + 1, limit);
    await expectRejection("LimitExceeded", "a rename to a label that is one byte too long", () =>
      port.rename({ key: made.uri, label: longer }),
    );
    expectThat(
      (await readBack(context, { ...made, label: longest })).label === longest,
      "a refused rename changed the label",
    );
  },
};

/** Every length a row can bound. */
export const LIMIT_NAMES: readonly LimitName[] = [
  "message",
  "digest",
  "context",
  "additionalData",
  "plaintext",
  "ciphertext",
  "iv",
  "tag",
  "secret",
];

/** Lengths beyond this are not tried: they would measure memory, not the provider. */
const LONGEST = 8 * 1024 * 1024;

function rowLimit(asked: Operation, name: LimitName): Check {
  return {
    id: `limits.${slug(asked)}.${slug(name)}`,
    group,
    title: `${asked}: the declared lengths of ${words(name)} hold`,
    requirement: `RowLimits.${name}: an inclusive range of bytes; both ends work, one less or more is \`LimitExceeded\`.`,
    needs: [
      {
        text: `a limit of ${words(name)} for ${asked}`,
        met: (capabilities) => capabilities.rows(asked).some((row) => row.limits?.[name] !== undefined),
      },
    ],
    makesKeys: asked.startsWith("import:"),
    async run(context) {
      for (const row of context.capabilities.rows(asked)) {
        const range = row.limits?.[name];
        if (range === undefined) continue;
        await expectRange(context, row, name, range);
      }
    },
  };
}

async function expectRange(
  context: CheckContext,
  row: CapabilityRow,
  name: LimitName,
  range: ByteRange,
): Promise<void> {
  for (const length of new Set([range.minimum, Math.min(range.maximum, LONGEST)])) {
    const call = await callOfLength(context, row, name, length);
    if (call?.works === true) await call.run();
  }
  for (const length of [range.maximum + 1, range.minimum - 1]) {
    if (length < 0 || length > LONGEST) continue;
    const call = await callOfLength(context, row, name, length);
    if (call === undefined) continue;
    // What the standard itself forbids may be refused as malformed before it is measured.
    const codes = call.works
      ? (["LimitExceeded"] as const)
      : (["LimitExceeded", "InvalidRequest", "InvalidKeyMaterial"] as const);
    await expectRejection(codes, `${words(name)} of ${length} bytes in ${row.operation}`, () => call.run());
  }
}

function words(name: LimitName): string {
  return name === "additionalData" ? "additional data" : `a ${name}`;
}

const LIMITED: readonly Operation[] = OPERATIONS.filter(
  (name) => !name.startsWith("derive") && name !== "create" && name !== "export" && name !== "agree",
);

const APPLICABLE: Readonly<Partial<Record<Operation, readonly LimitName[]>>> = {
  "import:secret": ["secret"],
  sign: ["message", "digest", "context"],
  verify: ["message", "digest", "context"],
  mac: ["message"],
  "verify-mac": ["message", "tag"],
  encrypt: ["plaintext", "iv", "additionalData"],
  decrypt: ["ciphertext", "iv", "tag", "additionalData"],
  wrap: ["plaintext"],
  unwrap: ["ciphertext"],
  decapsulate: ["ciphertext"],
};

/** The checks of limits. */
export const LIMIT_CHECKS: readonly Check[] = [
  label,
  descriptionLength,
  charset,
  renamed,
  ...LIMITED.flatMap((asked) =>
    LIMIT_NAMES.filter((name) => APPLICABLE[asked]?.includes(name) === true).map((name) => rowLimit(asked, name)),
  ),
];
