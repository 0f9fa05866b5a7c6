import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { listenForAbort, stopListeningForAbort } from "../src/index.ts";

it("keeps one event listener at a signal, however many listen, and none when nobody does", () => {
  const { signal } = new AbortController();
  const listeners = Array.from({ length: 50 }, () => () => undefined);
  for (const listener of listeners) listenForAbort(signal, listener);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  for (const listener of listeners) stopListeningForAbort(signal, listener);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

it("tells everybody who still listens, once and in order", () => {
  const controller = new AbortController();
  const told: string[] = [];
  const [first, second, third] = ["first", "second", "third"].map((name) => () => {
    told.push(name);
  });
  if (first === undefined || second === undefined || third === undefined) throw new Error("three were made");
  for (const listener of [first, second, third]) listenForAbort(controller.signal, listener);
  stopListeningForAbort(controller.signal, second);
  controller.abort();
  controller.abort();
  expect(told).toEqual(["first", "third"]);
  stopListeningForAbort(controller.signal, first);
  stopListeningForAbort(controller.signal, third);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
});
