#!/usr/bin/env bash
# Copies the primary at the first start, then follows it. Its name, "standby", is the one that the primary waits for.
set -euo pipefail

export PGPASSWORD="$REPLICATION_PASSWORD"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # What a copy that was interrupted has left.
  rm -rf "${PGDATA:?}"
  pg_basebackup --pgdata="$PGDATA" --slot=standby --write-recovery-conf --checkpoint=fast \
    --dbname="host=$PRIMARY_HOST port=${PRIMARY_PORT:-5432} user=replication application_name=standby"
fi
exec postgres -D "$PGDATA"
