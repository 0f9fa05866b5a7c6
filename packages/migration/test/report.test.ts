/** The report in a real browser: what it asks for, what it shows, how it filters, how it looks. */

import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Provider } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import * as fc from "fast-check";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Journal, openJournal, renderReport } from "../src/index.ts";
import { visibleText } from "../src/report/visible-text.ts";
import { findChromium, startChromium } from "./support/chromium.ts";
import { ODD_LABELS, recordRun, type RecordedRun } from "./support/recorded-run.ts";

const SCREENSHOTS = join(import.meta.dirname, "..", "..", "..", "tmp", "migration-report");
const chromiumPath = findChromium();

let folder: string;
let source: Provider;
let target: Provider;
let journal: Journal;
let run: RecordedRun;
let html: string;
let browser: Browser | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "keyrail-report-"));
  source = await openSoftwareProvider({ store: { kind: "memory" } });
  target = await openSoftwareProvider({ store: { kind: "memory" } });
  journal = await openJournal({ database: join(folder, "journal.sqlite") });
  run = await recordRun(journal, source, target, { rounds: 3 });
  html = await renderReport({
    journal,
    run: run.id,
    evidence: { folder: "evidence", digest: `sha-256:${"D".repeat(43)}` },
  });
  writeFileSync(join(folder, "report.html"), html);
  if (chromiumPath !== undefined) browser = await startChromium(chromiumPath);
});
afterAll(async () => {
  await browser?.close();
  await journal.close();
  await source.close();
  await target.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a page did that it should not have done. */
interface Watched {
  readonly page: Page;
  readonly problems: readonly string[];
}

/** Opens the report, and watches what it says and asks for. */
async function show(given: Browser, options: BrowserContextOptions = {}, file = "report.html"): Promise<Watched> {
  const context = await given.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  const url = pathToFileURL(join(folder, file)).href;
  page.on("console", (message) => problems.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url() !== url) problems.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, problems };
}

/** The browser, or the reason why the test can't run. */
function needed(skip: (reason: string) => never): Browser {
  if (browser !== undefined) return browser;
  return skip("There is no Chromium on this machine; set CHROMIUM_PATH.");
}

const visibleRows = (page: Page): Promise<number> => page.locator("#key-rows > tbody:visible").count();

const unfold = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });

describe("in a browser", () => {
  it("asks for nothing but itself, and says nothing on the console", async ({ skip }) => {
    const { page, problems } = await show(needed(skip));
    await page.locator("#text").fill("ed25519");
    await page.locator("summary:visible").first().click();
    expect(await page.title()).toContain("Migration report");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it("shows every text as text: no element, no script, no direction of a label's own", async ({ skip }) => {
    const { page } = await show(needed(skip));
    for (const label of ODD_LABELS.filter((text) => text !== "")) {
      const shown = page.locator("#key-rows .label", { hasText: visibleText(label) });
      expect({ label, rows: await shown.count() }).toEqual({ label, rows: 1 });
    }
    expect(await page.locator("img, b, script").count()).toBe(1);
    // eslint-disable-next-line no-control-regex -- that none is left is what is tested
    expect(await page.locator("body").innerText()).not.toMatch(/[\u0000-\u0008\u202a-\u202e]/);
    await page.context().close();
  });

  it("filters by state and strategy, with and without script", async ({ skip }) => {
    const given = needed(skip);
    for (const javaScriptEnabled of [true, false]) {
      const { page, problems } = await show(given, { javaScriptEnabled });
      const all = await visibleRows(page);
      expect(all).toBe(run.keys.length);
      await page.locator("label", { has: page.locator("#state-failed") }).click();
      expect(await visibleRows(page)).toBe(1);
      await page.locator("label", { has: page.locator("#state-all") }).click();
      await page.locator("label", { has: page.locator("#strategy-import") }).click();
      expect(await visibleRows(page)).toBe(run.summary.strategies.import);
      await page.locator("label", { has: page.locator("#state-failed") }).click();
      expect(await visibleRows(page)).toBe(0);
      expect(await page.locator("#search").isVisible()).toBe(javaScriptEnabled);
      expect(problems).toEqual([]);
      await page.context().close();
    }
  });

  it("filters by text, together with the others, and counts", async ({ skip }) => {
    const { page } = await show(needed(skip));
    await page.locator("#text").fill("imported-ED25519");
    expect(await visibleRows(page)).toBe(1);
    expect(await page.locator("#shown").innerText()).toBe(`1 of ${run.keys.length} rows`);
    await page.locator("label", { has: page.locator("#strategy-rotate") }).click();
    expect(await visibleRows(page)).toBe(0);
    expect(await page.locator("#shown").innerText()).toBe(`0 of ${run.keys.length} rows`);
    await page.locator("#text").fill("");
    expect(await visibleRows(page)).toBe(run.summary.strategies.rotate);
    await page.context().close();
  });

  it("is used by keyboard: the filters take the focus, and show it", async ({ skip }) => {
    const { page } = await show(needed(skip));
    await page.locator("#state-all").focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator("#state-failed").isChecked()).toBe(true);
    const outline = await page
      .locator("#state-failed + span")
      .evaluate((element) => getComputedStyle(element).outlineStyle);
    expect(outline).toBe("solid");
    await page.context().close();
  });

  it.for([360, 768, 961, 1280])("needs no sideways scrolling at %i pixels", async (width, { skip }) => {
    const { page } = await show(needed(skip), { viewport: { width, height: 900 } });
    await unfold(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.context().close();
  });

  it.for(["light", "dark"] as const)("has enough contrast in %s", async (colorScheme, { skip }) => {
    const { page } = await show(needed(skip), { colorScheme });
    await unfold(page);
    // WCAG 2.2, 1.4.3: 4.5 to 1.
    expect(await page.evaluate(textsOfLowContrast, 4.5)).toEqual([]);
    await page.context().close();
  });

  it("keeps the head of the long table in sight", async ({ skip }) => {
    const { page } = await show(needed(skip));
    await page.locator("#key-rows > tbody").nth(20).scrollIntoViewIfNeeded();
    const top = await page
      .locator("#key-rows thead th")
      .first()
      .evaluate((element) => element.getBoundingClientRect().top);
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThan(2);
    await page.context().close();
  });

  it("has headings in order, and heads on every table", async ({ skip }) => {
    const { page } = await show(needed(skip));
    const levels = await page.locator("h1, h2, h3").evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    for (const table of await page.locator("table").all()) {
      expect(await table.locator("caption").count()).toBe(1);
      expect(await table.locator("thead th[scope=col]").count()).toBeGreaterThan(1);
      expect(await table.locator("tbody th[scope=row]").count()).toBeGreaterThan(0);
    }
    await page.context().close();
  });

  it("is looked at: light, dark, narrow, on paper", async ({ skip }) => {
    const given = needed(skip);
    mkdirSync(SCREENSHOTS, { recursive: true });
    for (const [name, options] of [
      ["light", { colorScheme: "light" }],
      ["dark", { colorScheme: "dark" }],
      ["narrow", { viewport: { width: 360, height: 800 } }],
    ] as const) {
      const { page } = await show(given, options);
      await page.locator("summary").first().click();
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
      await page.context().close();
    }
    const { page } = await show(given, { colorScheme: "dark" });
    const pdf = await page.pdf({ path: join(SCREENSHOTS, "print.pdf"), format: "A4", printBackground: true });
    expect(pdf.length).toBeGreaterThan(10_000);
    await page.emulateMedia({ media: "print" });
    // Paper is white whatever the screen was, and shows what was folded.
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(255, 255, 255)");
    expect(await page.locator("details p").first().isVisible()).toBe(true);
    expect(await page.locator(".filters").isVisible()).toBe(false);
    // A4 without its margins, 186 mm.
    await page.setViewportSize({ width: 703, height: 1000 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(703);
    await page.screenshot({ path: join(SCREENSHOTS, "print.png"), fullPage: true });
    await page.context().close();
  });
});

describe("the page", () => {
  it("allows its own style and script by their hashes, and nothing else", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1];
    const hash = (tag: string): string => {
      const content = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(html)?.[1] ?? "";
      return createHash("sha256").update(content).digest("base64");
    };
    expect(policy?.replaceAll("&#39;", "'")).toBe(
      `default-src 'none'; style-src 'sha256-${hash("style")}'; script-src 'sha256-${hash("script")}'; base-uri 'none'; form-action 'none'`,
    );
    expect(html).not.toMatch(/\sstyle="|\son\w+="|https?:/);
  });

  it("is bounded, shows failures first, and says where the rest is", async () => {
    const short = await renderReport({ journal, run: run.id, rows: 3 });
    expect(short.match(/<tbody role="rowgroup" data-state/g)).toHaveLength(3);
    expect([...short.matchAll(/<tbody role="rowgroup" data-state="(\w+)"/g)].map((match) => match[1])).toEqual([
      "failed",
      "waiting",
      "verified",
    ]);
    expect(short).toContain(`3 of ${run.keys.length} keys are shown`);
    expect(short).toContain("The journal has the others.");
    expect(short).toContain("What stays at the source: 3 keys");
  });

  it("is the same for the same journal and time", async () => {
    const [one, two] = await Promise.all([1, 2].map(() => renderReport({ journal, run: run.id, generatedAt: 0 })));
    expect(one).toBe(two);
  });

  it("shows the journal's digest", async () => {
    expect(html).toContain(await journal.digest(run.id));
  });

  it("is told of a run that is not there", async () => {
    await expect(renderReport({ journal, run: "another" })).rejects.toMatchObject({ code: "InvalidRequest" });
  });
});

describe("visibleText", () => {
  it("leaves nothing unseen, changes nothing else, and is well-formed", () => {
    expect(visibleText("a\u202eb\u0000c\u{e0041}d")).toBe("a⟨U+202E⟩b⟨U+0000⟩c⟨U+E0041⟩d");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const shown = visibleText(text);
        expect(shown.isWellFormed()).toBe(true);
        expect(shown).not.toMatch(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
        expect(visibleText(shown)).toBe(shown);
      }),
    );
    expect(visibleText("Émile ключ שלום 鍵 🔑")).toBe("Émile ключ שלום 鍵 🔑");
  });
});

/** Runs in the page: visible texts whose contrast to what lies behind them is too low. */
function textsOfLowContrast(minimum: number): string[] {
  const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = color.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element: Element | null): number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color[3] !== 0) return color.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const found = new Set<string>();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() !== null) {
    const text = walker.currentNode.textContent?.trim() ?? "";
    const element = walker.currentNode.parentElement;
    if (
      text === "" ||
      element === null ||
      !element.checkVisibility() ||
      element.closest("script, style, .skip") !== null
    )
      continue;
    const front = luminance(channels(getComputedStyle(element).color).slice(0, 3));
    const back = luminance(behind(element));
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < minimum) found.add(`${ratio.toFixed(2)} ${element.className} ${text.slice(0, 40)}`);
  }
  return [...found];
}
