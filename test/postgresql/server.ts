/** A PostgreSQL server for tests: in a folder of its own, on loopback, gone with the process that started it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { findPrograms } from "./binaries.ts";
import { type ServerUser, serverUser } from "./server-user.ts";

/** Why no server could be started. */
export class NoPostgresql extends Error {
  override readonly name = "NoPostgresql";
}

const START_PATIENCE = 60_000;
const CLUSTER = ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"];

/**
 * Runs the server, and lives as long as its standard input is open: whatever happens to the process at the other end,
 * the server is stopped and its folder removed. Lines on standard input start the server and kill it.
 */
const KEEPER = `
trap '' HUP INT TERM
programs=$1 folder=$2 port=$3 server=
stop() {
  [ -n "$server" ] || return 0
  kill "-$1" "$server" 2>/dev/null
  wait "$server" 2>/dev/null
  server=
}
while read -r command; do
  case $command in
    start)
      kill -0 "$server" 2>/dev/null || {
        "$programs/bin/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \\
          -c unix_socket_directories= -c fsync=off -c full_page_writes=off -c shared_buffers=32MB \\
          -c max_connections=200 -c jit=off -c timezone=UTC </dev/null >>"$folder/log" 2>&1 &
        server=$!
      } ;;
    # An immediate shutdown: every process of the server ends where it is, and the next start recovers from the log.
    kill) stop QUIT ;;
  esac
done
stop INT
rm -rf "$folder"
`;

/** A running server. */
export class PostgresqlServer implements AsyncDisposable {
  readonly #keeper: ChildProcess;
  readonly #folder: string;
  readonly #uri: string;

  private constructor(keeper: ChildProcess, folder: string, uri: string) {
    this.#keeper = keeper;
    this.#folder = folder;
    this.#uri = uri;
  }

  /** Makes a cluster and starts it, within two seconds as a rule. @throws NoPostgresql with the reason. */
  static async start(): Promise<PostgresqlServer> {
    const programs = findPrograms();
    if (programs === undefined) throw new NoPostgresql("there is no PostgreSQL on this machine");
    const user = serverUser();
    if (user === undefined) throw new NoPostgresql("PostgreSQL can't run as root, and there is no user nobody");
    const folder = mkdtempSync(path.join(tmpdir(), "keyrail-postgresql-"));
    try {
      if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
      const reachable = await reachableFolder(programs.folder, programs.movable, folder, user);
      const password = randomBytes(16).toString("hex");
      await makeCluster(reachable, folder, password, user);
      const port = await freePort();
      const keeper = spawn("/bin/sh", ["-c", KEEPER, "keyrail-postgresql", reachable, folder, String(port)], {
        ...user,
        cwd: "/",
        // A session of its own: Ctrl-C and `timeout` stop us, and it cleans up after us.
        detached: true,
        stdio: ["pipe", "ignore", "ignore"],
      });
      const server = new PostgresqlServer(keeper, folder, `postgres://keyrail:${password}@127.0.0.1:${port}/postgres`);
      try {
        await server.start();
      } catch (error) {
        await server.stop();
        throw error;
      }
      return server;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error instanceof NoPostgresql ? error : new NoPostgresql(`PostgreSQL could not be started: ${text(error)}`);
    }
  }

  /** The URI of its maintenance database, as a superuser. */
  get uri(): string {
    return this.#uri;
  }

  /** Starts it again after {@link PostgresqlServer.kill}, and waits until it answers. */
  async start(): Promise<void> {
    const end = performance.now() + START_PATIENCE;
    for (;;) {
      // Again and again: right after a kill, what is left of the old server may keep the new one from starting.
      this.#keeper.stdin?.write("start\n");
      const problem = await answers(this.#uri);
      if (problem === undefined) return;
      if (performance.now() > end || this.#keeper.exitCode !== null) {
        const log = path.join(this.#folder, "log");
        throw new NoPostgresql(`${problem}\n${existsSync(log) ? readFileSync(log, "utf8") : ""}`);
      }
      await wait(50);
    }
  }

  /** Ends it at once, as a crash would. Its data stays. */
  async kill(): Promise<void> {
    this.#keeper.stdin?.write("kill\n");
    const end = performance.now() + START_PATIENCE;
    while ((await answers(this.#uri)) === undefined) {
      if (performance.now() > end) throw new Error("The server could not be killed.");
      await wait(10);
    }
  }

  /** Stops it and removes its folder. */
  async stop(): Promise<void> {
    const ended = this.#keeper.exitCode === null ? once(this.#keeper, "exit") : Promise.resolve();
    this.#keeper.stdin?.end();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The folder of the programs, or a copy of it where the user who is to run them could not read it. */
async function reachableFolder(folder: string, movable: boolean, place: string, user: ServerUser): Promise<string> {
  try {
    await promisify(execFile)(path.join(folder, "bin/initdb"), ["--version"], { ...user, cwd: "/" });
    return folder;
  } catch (error) {
    if (user.uid === undefined || user.gid === undefined || !movable) throw error;
    const copy = path.join(place, "programs");
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
    // The keeper, which runs as that user, is to be able to remove it.
    await promisify(execFile)("chown", ["-R", `${user.uid}:${user.gid}`, copy]);
    return copy;
  }
}

/**
 * Makes the cluster. It sorts as English is sorted, where the server can: code that relies on another order without
 * saying so is found.
 */
async function makeCluster(programs: string, folder: string, password: string, user: ServerUser): Promise<void> {
  const passwordFile = path.join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const make = (...locale: readonly string[]): Promise<unknown> =>
    promisify(execFile)(
      path.join(programs, "bin/initdb"),
      ["-D", path.join(folder, "data"), "-U", "keyrail", `--pwfile=${passwordFile}`, ...CLUSTER, ...locale],
      { ...user, cwd: "/" },
    );
  try {
    await make("--locale-provider=icu", "--icu-locale=en-US");
  } catch {
    await make();
  }
}

/** Undefined when the server answers, else what is wrong. */
async function answers(uri: string): Promise<string | undefined> {
  const client = new Client({ connectionString: uri, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return text(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No port.");
  return address.port;
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
