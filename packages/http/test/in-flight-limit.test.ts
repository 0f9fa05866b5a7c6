import { InFlightLimit } from "@keyrail/http";
import { describe, expect, test } from "vitest";

/** A task that ends when told. */
function task(): { run: () => Promise<void>; end: () => void; started: boolean } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const controlled = {
    started: false,
    run: () => {
      controlled.started = true;
      return promise;
    },
    end: resolve,
  };
  return controlled;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

describe("InFlightLimit", () => {
  test("runs at most so many tasks, first come first served", async () => {
    const limit = new InFlightLimit(2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        limit.run(async () => {
          order.push(index);
          most = Math.max(most, (running += 1));
          await settle();
          running -= 1;
        }),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(limit.running).toBe(0);
  });

  test("hands a freed slot over: a newcomer in the same turn does not slip in", async () => {
    const limit = new InFlightLimit(1);
    const first = task();
    const second = task();
    const newcomer = task();
    const calls = [limit.run(first.run), limit.run(second.run)];
    // Runs as soon as the first task's promise settles, before the second one's continuation.
    calls.push(first.run().then(() => limit.run(newcomer.run)));
    first.end();
    await settle();
    expect(second.started).toBe(true);
    expect(newcomer.started).toBe(false);
    expect(limit.running).toBe(1);
    second.end();
    newcomer.end();
    await Promise.all(calls);
  });

  test("a failing task frees its slot", async () => {
    const limit = new InFlightLimit(1);
    await expect(limit.run(() => Promise.reject(new TypeError("no")))).rejects.toThrow("no");
    await expect(limit.run(() => Promise.resolve(1))).resolves.toBe(1);
  });

  test("an abort while waiting rejects with Aborted and `safe`, and the others keep their order", async () => {
    const limit = new InFlightLimit(1);
    const holder = task();
    const held = limit.run(holder.run);
    const controller = new AbortController();
    const aborted = limit.run(() => Promise.resolve("never"), controller.signal);
    const behind = limit.run(() => Promise.resolve("behind"));
    expect(limit.waiting).toBe(2);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "Aborted", retry: "safe" });
    await expect(limit.run(() => Promise.resolve(1), controller.signal)).rejects.toMatchObject({ code: "Aborted" });
    holder.end();
    await expect(behind).resolves.toBe("behind");
    await held;
  });

  test("a limit below one is refused", () => {
    for (const maximum of [0, -1, 1.5, Number.NaN]) {
      expect(() => new InFlightLimit(maximum)).toThrow(expect.objectContaining({ code: "InvalidConfiguration" }));
    }
  });
});
