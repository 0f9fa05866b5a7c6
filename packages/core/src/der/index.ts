export { DerReader, type DerElement } from "./reader.ts";
export { TAG, contextTag } from "./tags.ts";
export {
  derBitString,
  derContext,
  derElement,
  derNull,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSmallInteger,
  derUnsignedInteger,
} from "./writer.ts";
