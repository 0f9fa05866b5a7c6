/** What one derivation algorithm on one key type can do. Internal. */

/** Key bytes and chain code, without the words around them. */
export interface Node {
  readonly key: Uint8Array;
  readonly chainCode: Uint8Array;
}

/** One derivation algorithm on one key type. Keys are checked by the scheme. */
export interface Scheme {
  /** The root of a tree; absent where the algorithm defines none. */
  readonly master?: (seed: Uint8Array) => Node;
  /** The canonical raw public key. */
  readonly publicOf: (privateKey: Uint8Array) => Uint8Array;
  readonly childOfPrivate: (parent: Node, childNumber: number) => Node;
  /** Absent where a public key has no children. */
  readonly publicDerivation?: {
    /** Checks a public key in any form it may have, and gives its canonical raw form. */
    readonly canonical: (publicKey: Uint8Array) => Uint8Array;
    readonly child: (parent: Node, childNumber: number) => Node;
  };
  /** The 33 bytes whose HASH160 identifies a key; absent where the algorithm has no fingerprints. */
  readonly identity?: (publicKey: Uint8Array) => Uint8Array;
}
