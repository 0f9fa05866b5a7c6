/**
 * The layout of plan files: one JSON document in lines, so that it can be written and read as a stream and that any tool can
 * check its digest:
 *
 *     {"header":{…},
 *     "keys":[
 *     {…},
 *     {…}
 *     ],
 *     "summary":{…}}
 *
 * The digest in the summary is SHA-256 over the JSON texts of the header and of each key, each ended by a line feed.
 */
export const PLAN_LAYOUT: {
  readonly headerStart: string;
  readonly headerEnd: string;
  readonly keysStart: string;
  readonly separator: string;
  readonly keysEnd: string;
  readonly summaryStart: string;
  readonly summaryEnd: string;
} = {
  headerStart: '{"header":',
  headerEnd: ",",
  keysStart: '"keys":[',
  separator: ",",
  keysEnd: "],",
  summaryStart: '"summary":',
  summaryEnd: "}",
};

/** Longest line that is read: far above what a key with the longest names takes. */
const MAXIMUM_LINE_BYTES = 1_048_576;

/** A line of a file without its line feed, and where it begins in the file. */
export interface FileLine {
  readonly text: string;
  readonly offset: number;
}

/**
 * The lines of a byte stream, split at line feeds alone: JSON texts may hold every other line separator in clear. Bytes after
 * the last line feed are a line too. Undefined stands for a line that is too long or not UTF-8, and ends the lines.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileLine | undefined, void, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let begin = 0;
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a, begin)) {
      const line = lineOf(decoder, rest.subarray(begin, end), offset + begin);
      yield line;
      if (line === undefined) return;
      begin = end + 1;
    }
    offset += begin;
    rest = rest.subarray(begin);
    if (rest.length > MAXIMUM_LINE_BYTES) {
      yield undefined;
      return;
    }
  }
  if (rest.length > 0) yield lineOf(decoder, rest, offset);
}

function lineOf(decoder: TextDecoder, bytes: Buffer, offset: number): FileLine | undefined {
  if (bytes.length > MAXIMUM_LINE_BYTES) return undefined;
  try {
    return { text: decoder.decode(bytes), offset };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
