/** Tells a cache whether what it holds may have been changed by others. */
export interface ChangeWatch {
  /**
   * A number that stays the same for as long as nobody else has committed a change that is to be seen.
   *
   * SQLite: any commit of another connection changes it, at once and without fail. PostgreSQL: a transaction that
   * called `announce` changes it soon after its commit, as long as the connection holds; so keep nothing for longer
   * than a missed change may be borne. Commits of this {@link Database} itself are not told of on SQLite.
   */
  stamp(): number;
}
