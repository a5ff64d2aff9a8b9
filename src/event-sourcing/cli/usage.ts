/** @param program what the operator types before the command */
export function usage(program: string): string {
  return `Usage: ${program} <command> [options]

  status                  shows every projection, handler, saga and relay: position, lag, state, parked events
  parked [<name>]         lists the events and commands that are parked, of one handler or of all
  retry <name> <id>       retries a parked event or command at once; --all for everything parked of the handler
  drop <name> <id>        drops a parked event or command, which the handler then never gets; --all for everything
  rebuild <name>          has a running process rebuild the view of a projection, and waits until it is replaced
  partition <name> <n>    splits a projection, handler or relay by key into n partitions, which processes share
  rename <name> <new>     renames a handler, which goes on from where it is
  remove <name>           removes a handler that no longer exists, with the rows of its view and everything parked
  clear <name>            removes the rows of a projection, which begins again at the first event
  accept-loss             goes on with a log that lost events in a failover; clears all projections

  --url <url>             the database, if one holds both log and views; else DATABASE_URL
  --command-url <url>     the database of the log; else COMMAND_DATABASE_URL
  --query-url <url>       the database of the views; else QUERY_DATABASE_URL
  --schema <name>         the schema of the tables, if the module has the option schema; else DATABASE_SCHEMA
  --json                  writes JSON
  -h, --help              shows this text

The application may run meanwhile. A password is best set in the environment, where other users cannot see it.
Exit codes: 0 done, 1 refused or failed, 2 wrong parameters, 3 a database cannot be reached.
`;
}
