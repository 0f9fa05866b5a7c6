export {
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Bytes,
  encodeBase64Url,
  tryDecodeBase64,
  tryDecodeBase64Url,
} from "./base64.ts";
export { withoutByteOrderMark } from "./byte-order-mark.ts";
export { decodeHex, encodeHex, tryDecodeHex } from "./hex.ts";
export { decodePem, encodePem, encodePemBytes, looksLikePem, type PemBlock } from "./pem.ts";
