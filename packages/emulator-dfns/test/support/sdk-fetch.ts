import { DfnsError } from "@dfns/sdk/dfnsError.js";
import { simpleFetch } from "@dfns/sdk/utils/fetch.js";

/** A POST by the SDK's own fetch with a user action of the caller's choice. */
export async function userActionFetch(
  path: string,
  text: string,
  userAction: string,
  apiOptions: { readonly baseUrl: string; readonly authToken: string },
): Promise<{ status: number; message: string }> {
  try {
    const body: unknown = JSON.parse(text);
    const headers = { "x-dfns-useraction": userAction };
    const response = await simpleFetch(path, { method: "POST", body, headers, apiOptions });
    return { status: response.status, message: "" };
  } catch (error) {
    if (error instanceof DfnsError) return { status: error.httpStatus, message: error.message };
    throw error;
  }
}
