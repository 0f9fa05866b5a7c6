/** The token bucket, on a clock of its own. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { CallBudget } from "../src/client/call-budget.ts";
import { RequestPacer } from "../src/client/request-pacer.ts";

it("no window of 60 s sees more requests than the limit, whatever their arrival", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 60 }),
      fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 200 }),
      (requestsPerMinute, gaps) => {
        let now = 0;
        const pacer = new RequestPacer({ requestsPerMinute }, () => now);
        const sent = gaps.map((gap) => {
          now += gap;
          return now + pacer.book();
        });
        for (const [first, start] of sent.entries()) {
          const inWindow = sent.slice(first).filter((time) => time < start + 60_000).length;
          expect(inWindow).toBeLessThanOrEqual(requestsPerMinute);
        }
      },
    ),
    { seed: 4, numRuns: 200 },
  );
});

it("a burst goes out at once, what is more waits its turn", () => {
  const pacer = new RequestPacer({ requestsPerMinute: 70, burst: 10 }, () => 0);
  const waits = Array.from({ length: 13 }, () => pacer.book());
  expect(waits).toEqual([...Array.from({ length: 10 }, () => 0), 1000, 2000, 3000]);
});

it("after a 429 nobody sends before the pause is over, and then one by one", () => {
  let now = 0;
  const pacer = new RequestPacer({ requestsPerMinute: 70, burst: 10 }, () => now);
  const abort = new AbortController();
  const call = new CallBudget("wait", { signal: abort.signal });
  expect(pacer.take(call)).toBeUndefined();
  pacer.pause(7000);
  const waiting = pacer.take(call);
  expect(waiting).toBeInstanceOf(Promise);
  abort.abort();
  now = 7000;
  expect(pacer.book()).toBe(1000);
  return expect(waiting).rejects.toMatchObject({ code: "Aborted" });
});

it("without a limit only a pause makes anybody wait", () => {
  let now = 1;
  const pacer = new RequestPacer(undefined, () => now);
  const call = new CallBudget("wait", undefined);
  for (let count = 0; count < 1000; count++) expect(pacer.take(call)).toBeUndefined();
  pacer.pause(10);
  now = 11;
  expect(pacer.take(call)).toBeUndefined();
});
