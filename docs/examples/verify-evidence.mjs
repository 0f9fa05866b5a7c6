// Verifies a Keyrail evidence bundle with Node.js alone: node verify-evidence.mjs FOLDER [ROOT-DIGEST]. See docs/evidence.md.
import * as crypto from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
const [folder, noted] = process.argv.slice(2);
const counted = { signatures: 0, answers: 0, unchecked: 0 };
const must = (holds, what) => holds || (console.error(`INVALID: ${what}`), process.exit(1));
const read = (name) => readFileSync(`${folder}/${name}`);
const lines = (name) => JSON.parse(`[${read(name).toString().trimEnd().replaceAll("\n", ",")}]`);
const raw = (text, bytes = Buffer.from(text, "base64url")) => must(bytes.toString("base64url") === text, text) && bytes;
const json = (text) => JSON.parse(raw(text));
const sha256 = (data, as = "base64url") => crypto.createHash("sha256").update(data).digest(as);
const thumbprint = ({ kty, crv, x, y, alg, pub }) =>
  sha256(JSON.stringify(pub ? { alg, kty, pub } : { crv, kty, x, y }));

function signed(alg, key, input, signature, what) {
  const bits = /^(?:.*#ECDSA-(?!stark).*-SHA-|ES)(\d+)K?$/.exec(alg)?.[1];
  if (!bits && !/^(Ed25519|Ed448|ML-DSA-\d\d)$/.test(alg)) return counted.unchecked++; // needs a curve library
  const options = { key: key.jwk, format: "jwk", dsaEncoding: "ieee-p1363" };
  return must(crypto.verify(bits && `sha${bits}`, input, options, raw(signature)), what) && counted.signatures++;
}
function answered({ method, challenge, opening, mac }, key, payload, what) {
  if (method !== "agreement" || key.jwk.crv === "stark") return counted.unchecked++; // needs an ML-KEM or curve library
  const own = crypto.createPrivateKey({ key: raw(opening), format: "der", type: "pkcs8" });
  const peer = crypto.createPublicKey({ key: key.jwk, format: "jwk" });
  const secret = crypto.diffieHellman({ privateKey: own, publicKey: peer });
  const macKey = Buffer.from(crypto.hkdfSync("sha256", secret, "", "keyrail succession agreement", 32));
  const [spki, answer] = [crypto.createPublicKey(own), crypto.createHmac("sha256", macKey).update(payload).digest()];
  must(spki.export({ format: "der", type: "spki" }).equals(raw(challenge)) && answer.equals(raw(mac)), what);
  return counted.answers++;
}
const [jws, list, plan] = [read("manifest.jws"), read("manifest.json"), JSON.parse(read("plan.json"))];
const [[header, payload, signature], manifest] = [`${jws}`.split("."), JSON.parse(list)];
must(!noted || [`sha-256:${sha256(jws)}`, sha256(jws, "hex")].includes(noted), "root digest");
must(json(payload).manifest === `sha-256:${sha256(list)}`, "manifest.json");
signed(json(header).alg, manifest.signer, Buffer.from(`${header}.${payload}`), signature, "manifest.jws");
const names = new Set(["manifest.json", "manifest.jws", ...manifest.files.map(({ path }) => path)]);
for (const name of readdirSync(folder)) must(names.has(name), `${name} was added`);
for (const { path, digest } of manifest.files) must(`sha-256:${sha256(read(path))}` === digest, path);
const planned = sha256([plan.header, ...plan.keys].map((part) => `${JSON.stringify(part)}\n`).join(""));
const [journal, keys] = [lines("journal.jsonl"), lines("keys.jsonl")];
must(journal.length === plan.keys.length && keys.length === plan.keys.length, "number of keys");
for (const [ordinal, { source }] of plan.keys.entries()) {
  const [{ proof = {}, verification, ...item }, pair, what] = [journal[ordinal], keys[ordinal], `key ${ordinal}`];
  const { payload: statement, signatures = [], challenges = [] } = proof.statement ?? proof;
  const says = statement ? json(statement) : { ...pair, run: manifest.run, plan: manifest.plan, ordinal };
  must(says.run === manifest.run && says.plan === `sha-256:${planned}` && says.ordinal === ordinal, what);
  const ends = { old: [source.uri, source.publicKey], new: [item.target, item.targetPublicKey] };
  for (const [index, [end, [uri, spki]]] of Object.entries(ends).entries()) {
    const [key, one] = [pair[end] ?? {}, signatures[index]];
    must(key.uri === uri && says[end]?.uri === uri && spki === (key.spki ?? spki), `${what}: ${end}`);
    must(says[end]?.jkt === key.jkt && (!key.jwk || thumbprint(key.jwk) === key.jkt), `${what}: ${end} key`);
    if (one) signed(json(one.protected).alg, key, Buffer.from(`${one.protected}.${statement}`), one.signature, what);
    if (challenges[index]) answered(challenges[index], key, raw(statement), `${what}: answer`);
  }
  for (const { name, algorithm, message, signature: fresh } of verification?.checks ?? [])
    if (name === "signature") signed(algorithm, pair.new, raw(message), fresh, `${what}: fresh signature`);
  must(!/verified|finalised/.test(item.state) || (proof.kind && verification?.passed), `${what}: verification`);
  counted.unchecked += proof.macs || proof.compared === "result" ? 1 : 0; // only who holds the secret key can check it
}
console.log(noted ? "VALID" : "CONSISTENT, but no root digest was given", manifest.keys, "keys", counted);
