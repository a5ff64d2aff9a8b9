-- Removes the checkpoint and the parked events of a subscription.
CREATE FUNCTION drop_subscription(p_name text) RETURNS void LANGUAGE sql AS $$
        DELETE FROM parked_event WHERE handler = p_name;
        DELETE FROM checkpoint WHERE name = p_name;
      $$
