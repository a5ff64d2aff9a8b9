-- Moves the checkpoint and the parked events of a subscription to another name.
CREATE FUNCTION rename_subscription(p_from text, p_to text) RETURNS void LANGUAGE sql AS $$
        UPDATE parked_event SET handler = p_to WHERE handler = p_from;
        UPDATE checkpoint SET name = p_to, epoch = epoch + 1 WHERE name = p_from;
      $$
