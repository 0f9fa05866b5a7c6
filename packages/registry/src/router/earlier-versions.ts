import { type CallOptions, type ErrorCode, isKeyrailError } from "@keyrail/core";
import { remaining, type Routes, type Target } from "./routes.ts";

/** What a key that can't answer says: of another type, not for this use, refused by the device, or gone. */
const NOT_THIS_KEY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "UnsupportedCapability",
  "UsageNotPermitted",
  "LimitExceeded",
  "InvalidRequest",
  "InvalidKeyMaterial",
  "OperationRefused",
  "KeyNotFound",
]);

/**
 * Tries a key, then the earlier versions of its alias, until one gives an answer that is not a no: `false` or
 * `DecryptionFailed`. A key that can't answer is passed over. When none says yes, the first no is the outcome; when
 * none could answer, what the current key said is.
 * @throws Every other error at once: a key that may say yes could not be asked.
 */
export async function withEarlierVersions<Result>(
  routes: Routes,
  maximum: number,
  target: Target,
  options: CallOptions | undefined,
  attempt: (target: Target, options: CallOptions | undefined) => Promise<Result>,
): Promise<Result> {
  if (target.earlier.length === 0 || maximum === 0) return attempt(target, options);
  const started = performance.now();
  let no: { readonly result: Result } | { readonly error: unknown } | undefined;
  let cannot: { readonly error: unknown } | undefined;
  for (const candidate of candidates(routes, maximum, target)) {
    try {
      const result = await attempt(candidate, remaining(options, started));
      if (result !== false) return result;
      no ??= { result };
    } catch (error) {
      if (isKeyrailError(error, "DecryptionFailed")) no ??= { error };
      else if (isKeyrailError(error) && NOT_THIS_KEY.has(error.code)) cannot ??= { error };
      else throw error;
    }
  }
  if (no !== undefined && "result" in no) return no.result;
  throw no?.error ?? cannot?.error;
}

function* candidates(routes: Routes, maximum: number, target: Target): Generator<Target> {
  yield target;
  for (const version of target.earlier.slice(0, maximum)) {
    const earlier = routes.targetOfEarlier(version);
    if (earlier !== undefined) yield earlier;
  }
}
