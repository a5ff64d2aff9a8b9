import type { Admin } from 'kafkajs';

/**
 * @returns how many records of each partition a group has not committed; a group that has committed nothing begins at
 *   the first record
 */
export async function lagsOf(admin: Admin, group: string, topic: string): Promise<Map<number, number>> {
  const [ends, [committed]] = await Promise.all([
    admin.fetchTopicOffsets(topic),
    admin.fetchOffsets({ groupId: group, topics: [topic] }),
  ]);
  const reached = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  return new Map(
    ends.map(({ partition, high, low }) => {
      const next = Math.max(reached.get(partition) ?? 0, Number(low));
      return [partition, Math.max(0, Number(high) - next)];
    }),
  );
}
