export {
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
  tryDecodeBase64,
  tryDecodeBase64Url,
} from "./base64.ts";
export { decodeHex, encodeHex, tryDecodeHex } from "./hex.ts";
export { decodePem, encodePem, looksLikePem, type PemBlock } from "./pem.ts";
