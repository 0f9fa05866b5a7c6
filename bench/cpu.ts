/** CPU time side by side, since requests per second say nothing of it. */

import { median, type Operation } from "./compare.ts";

/** CPU time of this process per operation, ours over theirs: the median of rounds that take turns. */
export async function cpuRatio(ours: Operation, theirs: Operation, inFlight: number, count: number): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const first = await cpuOf(round % 2 === 0 ? ours : theirs, inFlight, count);
    const second = await cpuOf(round % 2 === 0 ? theirs : ours, inFlight, count);
    ratios.push(round % 2 === 0 ? first / second : second / first);
  }
  return median(ratios);
}

/** Microseconds of CPU time of this process that so many operations take. */
export async function cpuOf(operation: Operation, inFlight: number, count: number): Promise<number> {
  const before = process.cpuUsage();
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await operation();
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
