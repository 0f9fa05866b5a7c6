/** Why targets are missed, as far as it is known; printed below the table. */

export const REASONS: Readonly<Record<string, string>> = {
  T1: "Operations of 20 to 40 us come out at 0.84 to 0.94: the facade itself adds under 0.6 us (first row); the rest lies in the provider (key lookup, awaiting, copies) and in garbage collection and was not divided further. The fixed cost weighs most on HMAC and AES-GCM; opened keys are the way to make many of them. In a process that did nothing else before, awaited HMAC measured 0.52 to 0.67; we suppose that the many kinds of operation before it make the shared code paths slower here.",
  T2: "On Node.js 26 `dsaEncoding` costs nothing, so the whole of the port's cost shows.",
  T3: "The WebAssembly figures scatter around their targets from run to run (2.35 to 2.64 for signing).",
  T4: "A first use also reads the record's row, checks that every attribute is as it was sealed, and keeps the bounds of the cache; the opponent does none of this. In a profile, P-256 spends 31 % in the import of PKCS#8, 14 % in reading and checking the row and 14 % in garbage collection.",
  T5: "A new key is also brought into its stored form at once: exporting the private half takes 6 to 9 us of some 30. A memory store could put that off; it does not yet.",
  T6: "The percentile is over event-loop delays of a shared machine; the call itself takes under 2 ms.",
  T7: "jose signs in the thread pool; we suppose that an idle second core and Node.js 26 make it cheaper than when the target was set. Against the other peers the targets are met or missed by a hundredth.",
  T8: "Dfns reads pass an answer check, rate limit, key lookup and deadline besides the request itself; in several runs they needed 0.83 to 1.18 times the CPU of the raw pool, with a caller's signal 0.98 to 1.32. Encedo meets its targets.",
  T9: 'The rows without "fixed answers" are with the emulator at work, on the same two cores as the client: three HTTPS requests, a signature to check, a key to make and to split take it about 200 us for each create. So with 32 in flight the emulator, not the client, is the limit; with fixed answers the clients are. With a delay the rows move by 0.03 from run to run.',
  T11: "The software provider loads @keyrail/crypto whole, as one file; splitting it by algorithm was not tried.",
  T12: "This disk acknowledges a sync in 50 to 140 us, a third of the machine the target was set on, so we suppose that the processor and not the disk is the limit: making and sealing the key cost more than the write. The ratio at 32 in flight moved between 0.8 and 20 with the disk's speed of the moment.",
  T13: "Against a loop that has no port at all, what is left is the ports themselves (the loop over the ports reaches about 0.75 of it), the journal, the plan and garbage collection. Memory and time at 1,000,000 keys are in docs/campaigns.md.",
};
