/** Scored samples gathered by cluster: what the bootstrap and the permutation test share. */

/** One sample's value (1 or 0 for an accuracy, first - second for a difference); a cluster is a target, whatever the task, the shots or the arm. */
export interface ClusteredValue {
  readonly task: string;
  readonly cluster: string;
  readonly value: number;
}

/** One sample that two arms answered. */
export interface PairedOutcome {
  readonly task: string;
  readonly cluster: string;
  readonly first: boolean;
  readonly second: boolean;
}

/** Sums and counts per cluster and task: cluster c owns the entries start[c] .. start[c + 1] - 1. */
export interface ClusterTable {
  readonly clusters: number;
  readonly tasks: number;
  readonly start: Int32Array;
  readonly task: Int32Array;
  readonly sum: Float64Array;
  readonly count: Float64Array;
}

/** The differences first - second (1, 0 or -1) of paired outcomes. */
export const differences = (pairs: readonly PairedOutcome[]): ClusteredValue[] =>
  pairs.map(({ task, cluster, first, second }) => ({ task, cluster, value: Number(first) - Number(second) }));

/** Gathers samples by cluster, clusters and tasks in the order of their names, so that the order of samples does not matter. */
export function clusterTable(samples: readonly ClusteredValue[]): ClusterTable {
  if (samples.length === 0) throw new RangeError("no samples to resample");
  const numbered = (names: string[]): Map<string, number> => new Map([...new Set(names)].sort().map((name, i) => [name, i]));
  const tasks = numbered(samples.map((s) => s.task)), clusters = numbered(samples.map((s) => s.cluster));
  const cells = new Map<number, { sum: number; count: number }>();
  for (const { task, cluster, value } of samples) {
    const key = clusters.get(cluster)! * tasks.size + tasks.get(task)!, cell = cells.get(key) ?? { sum: 0, count: 0 };
    cells.set(key, { sum: cell.sum + value, count: cell.count + 1 });
  }
  const keys = [...cells.keys()].sort((a, b) => a - b), start = new Int32Array(clusters.size + 1);
  for (const key of keys) start[Math.floor(key / tasks.size) + 1]!++;
  for (let c = 0; c < clusters.size; c++) start[c + 1]! += start[c]!;
  return {
    clusters: clusters.size, tasks: tasks.size, start,
    task: Int32Array.from(keys, (key) => key % tasks.size),
    sum: Float64Array.from(keys, (key) => cells.get(key)!.sum),
    count: Float64Array.from(keys, (key) => cells.get(key)!.count),
  };
}

/** The mean over tasks of each task's mean; tasks without samples are left out. */
export function meanOfTasks(sums: Float64Array, counts: Float64Array): number {
  let total = 0, present = 0;
  for (let t = 0; t < sums.length; t++) {
    if (counts[t] === 0) continue;
    total += sums[t]! / counts[t]!;
    present++;
  }
  return total / present;
}

/** The mean of task means of all samples. */
export function tableMean({ tasks, task, sum, count }: ClusterTable): number {
  const sums = new Float64Array(tasks), counts = new Float64Array(tasks);
  for (let e = 0; e < task.length; e++) {
    sums[task[e]!]! += sum[e]!;
    counts[task[e]!]! += count[e]!;
  }
  return meanOfTasks(sums, counts);
}
