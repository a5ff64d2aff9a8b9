-- Whether a lease still holds. It ends with its time, or with the session in which its member holds an advisory lock.
CREATE FUNCTION is_leased(p_member uuid, p_until timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT p_until >= now() AND EXISTS (
          SELECT FROM pg_locks l
           WHERE l.locktype = 'advisory' AND l.objsubid = 1
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('member ' || p_member, 0))
      $$
