#!/usr/bin/env bash
# Run once by the image of PostgreSQL, on the new cluster: the two databases, and a role for the standby.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres --set=password="$REPLICATION_PASSWORD" <<'SQL'
CREATE DATABASE cartwright_command;
CREATE DATABASE cartwright_query;
CREATE ROLE replication LOGIN REPLICATION PASSWORD :'password';
SELECT pg_create_physical_replication_slot('standby');
-- From the next start on, each commit waits for the standby. This server, which runs this script, does not know it yet.
ALTER SYSTEM SET synchronous_standby_names = 'standby';
ALTER SYSTEM SET hot_standby_feedback = 'on';
SQL

echo 'host replication replication samenet scram-sha-256' >>"$PGDATA/pg_hba.conf"
