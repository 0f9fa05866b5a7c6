/**
 * The bytes of a text file without the byte order mark of UTF-8 that Windows editors and shells put before it: a view, or the
 * file itself where there is none.
 */
export function withoutByteOrderMark(file: Uint8Array): Uint8Array {
  return file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf ? file.subarray(3) : file;
}
